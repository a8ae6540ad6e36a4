/** Addresses of model servers: their forms made one, and whose hardware they are. */
import type { ProviderName } from './config.ts';

/**
 * OLLAMA_HOST in any form Ollama itself takes (`host`, `host:port`, `:port`, `https://host`) as a base URL.
 * Without a scheme the port is 11434; `0.0.0.0` and `[::]`, which tell a server to listen everywhere, become
 * this machine.
 */
export function normalOllamaHost(text: string): string {
  const trimmed = text.trim().replace(/^["']|["']$/g, '');
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed);
  const rest = /^:\d+$/.test(trimmed) ? `127.0.0.1${trimmed}` : trimmed;
  const bare = !scheme && isBareIpv6(rest) ? `[${rest}]` : rest;
  const parsed = URL.parse(scheme ? bare : `http://${bare}`);
  if (parsed === null) return trimmed;
  if (!scheme && parsed.port === '' && !/:80$/.test(bare)) parsed.port = '11434';
  if (parsed.hostname === '0.0.0.0') parsed.hostname = '127.0.0.1';
  if (parsed.hostname === '[::]') parsed.hostname = '[::1]';
  return withoutSlash(parsed.href);
}

function isBareIpv6(text: string): boolean {
  return /^[0-9a-f:]*:[0-9a-f:]*:[0-9a-f:]*$/i.test(text);
}

/**
 * A server's base URL as its SDK wants it, without a trailing slash: OpenAI's protocol under `/v1` (added to a
 * bare host), Ollama's and Anthropic's at the root (a `/v1` or `/api` copied from their documentation is taken
 * off). Undefined when the text is no http address.
 */
export function baseUrl(text: string, provider: ProviderName): string | undefined {
  if (provider === 'ollama') {
    const normal = URL.parse(normalOllamaHost(text));
    if (normal === null || !/^https?:$/.test(normal.protocol)) return undefined;
    return withoutSlash(normal.href).replace(/\/(v1|api)$/, '');
  }
  const parsed = URL.parse(text.trim());
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) return undefined;
  const plain = withoutSlash(parsed.href);
  if (provider === 'anthropic') return plain.replace(/\/v1$/, '');
  return parsed.pathname === '/' ? `${plain}/v1` : plain;
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '');
}

/** This machine. */
export function isLoopback(url: string): boolean {
  const host = hostname(url);
  // All four octets: 127.0.0.1.example.com is a name anyone can register.
  return (
    host === 'localhost' || host.endsWith('.localhost') || /^127(\.\d+){3}$/.test(host) || host === '::1'
  );
}

/**
 * This machine or a network that is not the public internet: private and link-local ranges, carrier-grade NAT
 * (which overlay networks use), names without a dot, and the suffixes kept for home and company networks.
 */
export function isPrivateAddress(url: string): boolean {
  const host = hostname(url);
  if (isLoopback(url)) return true;
  if (host.includes(':')) return /^f[cd]/.test(host) || /^fe[89ab]/.test(host);
  const octets = /^(\d+)\.(\d+)\.\d+\.\d+$/.exec(host);
  if (octets !== null) {
    const first = Number(octets[1]);
    const second = Number(octets[2]);
    if (first === 10 || (first === 192 && second === 168) || (first === 169 && second === 254)) return true;
    if (first === 172 && second >= 16 && second <= 31) return true;
    return first === 100 && second >= 64 && second <= 127;
  }
  return !host.includes('.') || /\.(local|lan|internal|intranet|home\.arpa)$/.test(host);
}

function hostname(url: string): string {
  return (URL.parse(url)?.hostname ?? '').replace(/^\[|\]$/g, '').toLowerCase();
}

/** Models that Ollama passes on to its own cloud, whatever machine the request goes to: `gpt-oss:120b-cloud`. */
export function isOllamaCloudModel(modelId: string): boolean {
  return /(^|[:-])cloud$/i.test(modelId);
}
