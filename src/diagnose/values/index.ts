export { type JsonObject, type JsonValue, redactJson } from './jsonValue.js';
export { type RenderLimits, renderLimits, valueBytes, valueItems, valueString, valueTime } from './limits.js';
export { valueText } from './valueText.js';
