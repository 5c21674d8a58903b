/**
 * Who is known on TCP. `uid`: processes of our own user on loopback, and tokens. `token`: tokens only. `off`: nobody;
 * only the Unix socket and what needs no role remain.
 */
export type TrustMode = 'uid' | 'token' | 'off';

/**
 * The mode to use when nobody said: `wanted`, but `token` inside a Kubernetes pod, where port-forward and sidecars reach
 * loopback from elsewhere.
 */
export function defaultTrust(wanted: TrustMode, env: NodeJS.ProcessEnv = process.env): TrustMode {
  return wanted === 'uid' && env.KUBERNETES_SERVICE_HOST ? 'token' : wanted;
}
