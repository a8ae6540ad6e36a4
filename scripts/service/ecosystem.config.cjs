// swarmd under pm2: `pm2 start ecosystem.config.cjs`, then `pm2 save`. The launcher finds a Node.js that is new
// enough, whatever pm2 itself runs on; exec keeps pm2's channel to the process, so `wait_ready` works.
const path = require('node:path');

module.exports = {
  apps: [
    {
      name: 'swarmd',
      script: path.join(__dirname, '..', 'swarmd'),
      args: 'start',
      interpreter: 'none',
      exec_mode: 'fork',
      instances: 1,
      wait_ready: true,
      // The first start of the embedded queue takes some seconds.
      listen_timeout: 60_000,
      // Longer than drain_ms (30 s) and the 10 s after which the daemon ends itself.
      kill_timeout: 45_000,
      exp_backoff_restart_delay: 200,
      // A wrong configuration or command line does not get better by starting again.
      stop_exit_codes: [78, 64],
    },
  ],
};
