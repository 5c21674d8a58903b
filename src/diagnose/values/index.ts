export { type JsonObject, type JsonValue, redactJson } from './json-value.js';
export { type RenderLimits, renderLimits, valueBytes, valueItems, valueString, valueTime } from './limits.js';
export { valueText } from './value-text.js';
