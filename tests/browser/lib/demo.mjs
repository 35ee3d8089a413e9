// A running `tarn` of the test's own: its own data folder, its own ports, gone afterwards.

import { spawn, execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The program under test. `cargo xtask test` names it. */
export const TARN = resolve(process.env.TARN_BIN ?? '../../target/debug/tarn');

const START_LIMIT_MS = 120_000;
// What the kernel does when this process dies without a word: end the server too.
const GUARD = existsSync('/usr/bin/setpriv') ? ['/usr/bin/setpriv', '--pdeathsig', 'TERM'] : [];

// Names of the suite's own would be unknown settings to the program.
const ENVIRONMENT = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('TARN_')));

/** Starts `tarn demo` and waits for its `ready` line. */
export async function startDemo({ people = 30, seed = 42, data, extra = [] } = {}) {
  const folder = data ?? mkdtempSync(join(tmpdir(), 'tarn-browser-'));
  const base = await freePortBase();
  const server = await startTarn([
    'demo', '--port-base', String(base), '--data', folder,
    '--people', String(people), '--seed', String(seed), ...extra,
  ]);
  return {
    ...server,
    folder,
    /** Runs another `tarn` command on the same data; gives what it printed. */
    async tarn(...words) {
      const { stdout } = await run(TARN, [...words, '--data', folder], { env: ENVIRONMENT });
      return stdout;
    },
    /** Stops the server; removes the data unless they were handed in. */
    async stop() {
      await server.stop();
      if (!data) rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Starts any long-running `tarn` command; gives the addresses of its `ready` line. */
export async function startTarn(words) {
  const command = [...GUARD, TARN, ...words];
  const child = spawn(command[0], command.slice(1), { stdio: ['ignore', 'pipe', 'pipe'], env: ENVIRONMENT });
  let printed = '';
  const ended = new Promise((done) => child.once('exit', (code) => done(code)));
  const ready = new Promise((done, fail) => {
    const take = (chunk) => {
      printed += chunk;
      const line = printed.split('\n').find((text) => /^ready .*\S/.test(text) && printed.includes(`${text}\n`));
      if (line) done(line);
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    ended.then((code) => fail(new Error(`tarn ${words[0]} ended with ${code}:\n${printed}`)));
    setTimeout(() => fail(new Error(`tarn ${words[0]} was not ready in time:\n${printed}`)), START_LIMIT_MS).unref();
  });
  const line = await ready.catch((error) => {
    child.kill('SIGKILL');
    throw error;
  });
  const addresses = Object.fromEntries(
    line.split(' ').slice(1).map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  );
  return {
    ...addresses,
    /** All that the server has printed so far. */
    printed: () => printed,
    async stop() {
      if (child.exitCode === null) child.kill('SIGINT');
      const slow = setTimeout(() => child.kill('SIGKILL'), 30_000);
      const code = await ended;
      clearTimeout(slow);
      return code;
    },
  };
}

/** A number N such that the ports N, N+1, N+3 and N+9 are free. */
export async function freePortBase() {
  for (;;) {
    const base = 20_000 + Math.floor(Math.random() * 30_000);
    const free = await Promise.all([base, base + 1, base + 3, base + 9].map(isFree));
    if (free.every(Boolean)) return base;
  }
}

function isFree(port) {
  return new Promise((done) => {
    const probe = createServer();
    probe.once('error', () => done(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => done(true)));
  });
}
