/** What one check of `swarmd doctor` found. */
export interface Finding {
  /** `node`, `memory`, `queue`, `models` … */
  check: string;
  /** `failure`: swarmd cannot work like this. `warning`: it works, with less than it could. */
  level: 'ok' | 'warning' | 'failure';
  message: string;
  /** What to type or change; undefined where there is nothing to do. */
  fix?: string;
}
