import type { PortcullisConnectionError } from '../client/index.ts';

const CERTIFICATE = /CERT|ISSUER|SIGNATURE|SELF_SIGNED|ALTNAME/;

/** @returns why a gateway was not reached and what to do about it, in one sentence */
export function whyNotReached(url: string, error: PortcullisConnectionError): string {
  const { host, hostname } = new URL(url);
  const code = codeOf(error);
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return `The name ${hostname} is not known here: check the address, and whether this machine is on the network that knows it.`;
  }
  if (code === 'ECONNREFUSED') {
    return `Nothing listens at ${host}: start the gateway, or check the address.`;
  }
  if (code !== undefined && CERTIFICATE.test(code)) {
    return `The certificate of ${host} is not accepted (${code}): check the address and the clock of this machine, or name the certificate of your organization in NODE_EXTRA_CA_CERTS.`;
  }
  if (/redirect/.test(messageOf(error))) {
    return `${url} leads elsewhere, and a key is not sent after it: sign in with the address that it leads to.`;
  }
  if (/did not answer in time/.test(error.message)) {
    return `${url} does not answer: check the address, and whether a firewall or a proxy is in between.`;
  }
  return error.message;
}

/** The first code among an error and its causes. */
function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  return 'code' in error && typeof error.code === 'string' ? error.code : codeOf(error.cause);
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? `${error.message} ${messageOf(error.cause)}` : '';
