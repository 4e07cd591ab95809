import type { Resource, SynthesizedStack } from './synthesized.ts';

/** @returns by their ids, all alarms but the parts of those on the error budget, which tell nobody by themselves */
export function tellingAlarms({ template }: SynthesizedStack): Record<string, Resource> {
  const alarms = Object.entries(template.findResources('AWS::CloudWatch::Alarm'));
  const composites = Object.entries(template.findResources('AWS::CloudWatch::CompositeAlarm'));
  const telling = [...alarms.filter(([id]) => !id.includes('ServiceLevel')), ...composites];
  return Object.fromEntries(telling.map(([id, { Properties }]) => [id, Properties]));
}
