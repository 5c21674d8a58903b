import { casesOnNodes } from './runOnNodes.js';

casesOnNodes('what a wrapper changes for the application: nothing', './wrapperCases.js');
casesOnNodes('wrappers of what makes objects', './classCases.js');
casesOnNodes('calls whose end comes later', './lastingCases.js');
casesOnNodes('observers', './observerCases.js');
casesOnNodes('limits of observers', './limitCases.js');
casesOnNodes('monitor, stack, breakpoints, price', './otherKindCases.js');
casesOnNodes('how the Worker brings records to the agent', './recorderCases.js');
casesOnNodes('any function, any observers, any arguments', './fuzzCases.js');
casesOnNodes('observers where code from strings is forbidden', './forbiddenCases.js', [
  '--disallow-code-generation-from-strings',
]);
