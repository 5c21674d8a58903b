export * from './arthas.js';
