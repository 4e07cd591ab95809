/** `portcullis/infra`: the gateway as a construct, for somebody's own CDK app. */
export type { FunctionName } from './functions.ts';
export {
  Portcullis,
  type PortcullisBudget,
  type PortcullisConcurrency,
  type PortcullisDomain,
  type PortcullisFirewall,
  type PortcullisNetwork,
  type PortcullisProps,
  type PortcullisReplica,
  type PortcullisTableOptions,
  type PortcullisThrottle,
} from './portcullis.ts';
