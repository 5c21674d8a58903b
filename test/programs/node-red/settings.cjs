// No user folder of this machine, no calls home, loopback only.
module.exports = {
  uiHost: '127.0.0.1',
  uiPort: Number(process.env.PORT),
  userDir: process.env.USER_DIR,
  credentialSecret: 'for tests',
  telemetry: { enabled: false, updateNotification: false },
  editorTheme: { tours: false },
  externalModules: { autoInstall: false, palette: { allowInstall: false } },
  logging: { console: { level: 'info', metrics: false, audit: false } },
};
