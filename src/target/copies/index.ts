export { type NewVersion, newVersionOf } from './newVersion.js';
export { type Replacement, replacementOf } from './replacement.js';
export { type Language, languageOf } from './typescript.js';
