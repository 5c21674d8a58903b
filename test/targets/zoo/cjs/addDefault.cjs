const { body } = require('../../dist/zoo/transpiled/keeper.js');

module.exports = function addDefault(_a, _b) {
  return body('default-export', this, new.target, arguments);
};
