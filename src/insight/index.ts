export { type InsightOptions, insightAliases, insightRoutes } from './api.js';
export { type PerfCounter, PerfCounters } from './counters/perfCounters.js';
export { type ProfileEvent, Profiles, type ProfileTargets } from './profiles/profiles.js';
