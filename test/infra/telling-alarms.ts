import type { Resource, SynthesizedStack } from './synthesized.ts';

/** All alarms but the parts of those on the error budget, which tell nobody by themselves. */
export function tellingAlarms({ template }: SynthesizedStack): Resource[] {
  const alarms = Object.entries(template.findResources('AWS::CloudWatch::Alarm'));
  const composites = Object.values(template.findResources('AWS::CloudWatch::CompositeAlarm'));
  return [
    ...alarms.filter(([id]) => !id.includes('ServiceLevel')).map(([, { Properties }]) => Properties),
    ...composites.map(({ Properties }) => Properties),
  ];
}
