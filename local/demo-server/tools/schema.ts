import { fromJsonSchema, type McpServer } from '@modelcontextprotocol/server';
import * as z from 'zod';
import { text } from './text.ts';

/** Somebody who can be reached: by phone if that is how they want it, else by email. */
const contactSchema = fromJsonSchema({
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  $defs: {
    address: {
      $anchor: 'address',
      type: 'object',
      properties: { street: { type: 'string' }, city: { type: 'string' } },
    },
  },
  properties: {
    name: { type: 'string' },
    address: { $ref: '#/$defs/address' },
    contactMethod: { enum: ['phone', 'email'] },
    phone: { type: 'string' },
    email: { type: 'string' },
  },
  allOf: [{ anyOf: [{ required: ['phone'] }, { required: ['email'] }] }],
  if: { properties: { contactMethod: { const: 'phone' } }, required: ['contactMethod'] },
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  then: { required: ['phone'] },
  else: { required: ['email'] },
  additionalProperties: false,
});

/** A client of 2026-07-28 sends the city in the header `Mcp-Param-City` too, for whoever routes by headers. */
const forecastSchema = z.object({ city: z.string().meta({ 'x-mcp-header': 'City' }) });

/** Input schemas that reach their client as they were written. */
export function registerSchemaTools(server: McpServer): void {
  server.registerTool(
    'json_schema_2020_12_tool',
    {
      description: 'Takes a contact, described with the words of JSON Schema 2020-12',
      inputSchema: contactSchema,
    },
    (contact) => text(JSON.stringify(contact)),
  );

  server.registerTool(
    'forecast',
    { description: 'Tells the weather of a city, which a header names too', inputSchema: forecastSchema },
    ({ city }) => text(`Sunny in ${city}.`),
  );
}
