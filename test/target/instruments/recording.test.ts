import { casesOnNodes } from './runOnNodes.js';

casesOnNodes('what a wrapper changes for the application: nothing', './wrapperCases.js');
