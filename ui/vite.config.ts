// One bundle for the window and, later, for the hub's own admin page: relative addresses, nothing inlined, so that a
// content security policy without 'unsafe-inline' and without data: holds.
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

// The window's policy (tauri.conf.json), so that what breaks it is seen without the window.
const policy = [
  "default-src 'self'", "connect-src 'self' http://127.0.0.1:*", "img-src 'self'", "style-src 'self'", "object-src 'none'",
  "base-uri 'none'", "form-action 'none'", "frame-src 'none'",
].join('; ');

export default defineConfig({
  plugins: [svelte()],
  base: './',
  build: { target: 'es2022', assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  server: { fs: { allow: ['..'] } },
  preview: { headers: { 'Content-Security-Policy': policy } },
  test: { include: ['src/**/*.test.ts'], environment: 'node' },
  resolve: process.env.VITEST ? { conditions: ['browser'] } : {},
});
