/** `portcullis/infra`: the gateway as a construct, for somebody's own CDK app. */
export type { FunctionName } from './functions.ts';
export {
  Portcullis,
  type PortcullisDomain,
  type PortcullisProps,
  type PortcullisTableOptions,
  type PortcullisThrottle,
} from './portcullis.ts';
