// `schema.ts` is made from `openapi.json`, which a test of the hub keeps current. UPDATE=1 makes it anew.
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import openapiTS, { astToString } from 'openapi-typescript';
import { expect, test } from 'vitest';

const SCHEMA = fileURLToPath(new URL('./schema.ts', import.meta.url));
const HEAD = '// Made from openapi.json by schema.test.ts; not to be edited.\n';

test('the types are those of the document', { timeout: 60_000 }, async () => {
  const document = await readFile(new URL('./openapi.json', import.meta.url), 'utf8');
  const made = HEAD + astToString(await openapiTS(document));
  if (process.env['UPDATE']) await writeFile(SCHEMA, made);
  const kept = await readFile(SCHEMA, 'utf8').catch(() => '');
  expect(kept === made, 'src/api/schema.ts is old: run UPDATE=1 npm test').toBe(true);
});
