// The house rules that a machine can check: one home for fetch, one for Tauri, no raw HTML, small components.
import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';

import svelteConfig from './svelte.config.js';

export default ts.config(
  { ignores: ['dist/', 'node_modules/', 'src/api/schema.ts'] },
  js.configs.recommended,
  ...ts.configs.strict,
  ...svelte.configs.recommended,
  { languageOptions: { globals: { ...globals.browser, ...globals.node } } },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser, extraFileExtensions: ['.svelte'], svelteConfig } },
  },
  {
    files: ['src/**'],
    rules: {
      'no-restricted-globals': ['error', { name: 'fetch', message: 'Requests leave from src/api only.' }, 'EventSource'],
      'no-restricted-imports': ['error', { patterns: [{ group: ['@tauri-apps/*'], message: 'Tauri is known to src/native only.' }] }],
      'svelte/no-at-html-tags': 'error',
      'no-restricted-syntax': [
        'error',
        { selector: 'SvelteAttribute[key.name="style"]', message: 'Style attributes break the content security policy; use a class or style:property.' },
      ],
      'svelte/require-each-key': 'error',
      'svelte/button-has-type': 'error',
      eqeqeq: 'error',
      'no-console': 'error',
    },
  },
  { files: ['src/api/**'], rules: { 'no-restricted-globals': 'off' } },
  { files: ['src/native/**'], rules: { 'no-restricted-imports': 'off' } },
  { files: ['src/**/*.svelte'], rules: { 'max-lines': ['error', 120] } },
  { files: ['src/**/*.ts'], ignores: ['src/**/*.test.ts'], rules: { 'max-lines': ['error', 250] } },
);
