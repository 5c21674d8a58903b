// Full of things that must never leave unmasked. Each secret value holds the word `topsecret`, so that a test can
// search an answer for it; what may be shown holds `harmless`.
const http = require('node:http');

Object.assign(process.env, {
  DB_PASSWORD: 'topsecret-db',
  AWS_SECRET_ACCESS_KEY: 'topsecret-aws',
  API_TOKEN: 'topsecret-token',
  SESSION_COOKIE: 'topsecret-cookie',
  DATABASE_URL: 'postgres://shop:topsecret-url@db.internal:5432/shop',
  PUBLIC_NAME: 'harmless-name',
  KEYBOARD: 'harmless-keyboard',
});

const config = {
  password: 'topsecret-password',
  nested: { apiKey: 'topsecret-nested', region: 'harmless-region' },
  headers: { Authorization: 'Bearer topsecret-bearer', Accept: 'harmless-accept' },
  list: [{ client_secret: 'topsecret-list' }],
  map: new Map([['privateKey', 'topsecret-map']]),
  credentials: { user: 'topsecret-user', value: 'topsecret-value' },
  tokens: ['topsecret-array'],
  keyboard: 'harmless-keyboard',
};

function login(user, password) {
  if (password === '') throw new Error('password topsecret-message is empty');
  return { user, token: `topsecret-${user}`, expires: 'harmless-date' };
}

setInterval(() => login('ann', 'topsecret-argument'), 100);
const server = http.createServer((_request, response) => response.end(`${Object.keys(config).length}\n`));
server.listen(0, '127.0.0.1', () => console.log(`ready ${server.address().port}`));

globalThis.secrets = config;
module.exports = { config, login };
