import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { containerOf, parseCgroups } from '../../../src/target/find/cgroup.js';
import { cgroupMounts } from '../../../src/target/find/headroom.js';
import { versionIn } from '../../../src/target/find/inspector.js';
import { parseMapping } from '../../../src/target/find/maps.js';
import { nameOf } from '../../../src/target/find/name.js';
import { parseInspectSettings, splitNodeOptions } from '../../../src/target/find/nodeOptions.js';
import { parentPaths } from '../../../src/target/find/paths.js';
import { splitNul } from '../../../src/target/find/proc.js';
import { parseStat } from '../../../src/target/find/stat.js';
import { hasSignal, parseStatus } from '../../../src/target/find/status.js';
import { parseTcpRow } from '../../../src/target/find/tcp.js';
import { parsePasswd } from '../../../src/target/find/users.js';

const STAT_TAIL =
  '1 4242 4242 0 -1 4194560 3000 0 1 0 250 50 0 0 20 0 11 0 81234 1000000000 12000 18446744073709551615';

test('stat: any thread name, parentheses, blanks and newlines included', () => {
  const awkward = fc.string({ unit: fc.constantFrom('(', ')', ' ', '\n', 'S', '1', 'é'), maxLength: 15 });
  fc.assert(
    fc.property(
      fc.oneof(fc.string({ maxLength: 15 }), awkward),
      fc.constantFrom('S', 'R', 'Z', 't'),
      (comm, state) => {
        const stat = parseStat(`4242 (${comm}) ${state} ${STAT_TAIL}\n`);
        assert.deepEqual(stat, {
          startTicks: 81234,
          utimeMs: 2500,
          stimeMs: 500,
          rssBytes: 12000 * 4096,
          threads: 11,
          priority: 20,
          state,
          comm,
        });
      },
    ),
  );
});

test('no parser throws on any text', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), fc.string({ maxLength: 300 })),
      (text) => {
        parseStat(text);
        parseStatus(text);
        parseTcpRow(text);
        parseMapping(text);
        parseCgroups(text);
        containerOf(parseCgroups(`3:memory:/${text}`));
        cgroupMounts(text);
        parsePasswd(text);
        versionIn(text);
        splitNodeOptions(text);
        parseInspectSettings(splitNul(Buffer.from(text)), text, true);
        nameOf(splitNul(Buffer.from(text)), '/srv', '/usr/bin/node');
      },
    ),
  );
});

test('status: masks and uids', () => {
  const text = [
    'Name:\tnode',
    'State:\tS (sleeping)',
    'TracerPid:\t0',
    'Uid:\t1000\t1001\t1002\t1003',
    'NSpid:\t4242\t17\t1',
    'VmSize:\t 1048576 kB',
    'SigBlk:\t0000000000000000',
    'SigIgn:\t0000000001001000',
    'SigCgt:\t0000000100004602',
    '',
  ].join('\n');
  const status = parseStatus(text);
  assert.ok(status);
  assert.deepEqual(status.uids, [1000, 1001, 1002, 1003]);
  assert.deepEqual(status.nsPids, [4242, 17, 1]);
  assert.equal(status.vmSizeBytes, 1024 ** 3);
  assert.deepEqual(
    [2, 10, 11, 12].map((signal) => hasSignal(status.caught, signal)),
    [true, true, true, false],
  );
  assert.equal(parseStatus(text.replace(/SigCgt.*/, '')), undefined);
});

test('tcp rows: every address, port, state and inode comes back', () => {
  const byte = fc.integer({ min: 0, max: 255 });
  const port = fc.integer({ min: 0, max: 65_535 });
  const hex = (value: number, width: number) => value.toString(16).toUpperCase().padStart(width, '0');
  const word = (bytes: readonly number[]) =>
    [...bytes]
      .reverse()
      .map((each) => hex(each, 2))
      .join('');
  fc.assert(
    fc.property(
      fc.tuple(byte, byte, byte, byte),
      port,
      port,
      fc.nat(),
      fc.nat(),
      (ip, local, remote, uid, inode) => {
        const row = parseTcpRow(
          `  12: ${word(ip)}:${hex(local, 4)} 0100007F:${hex(remote, 4)} 0A 00000000:00000000 00:00000000 00000000 ${String(uid).padStart(5)}        0 ${inode} 1 0000000000000000 100 0 0 10 0`,
        );
        assert.deepEqual(row, {
          local: { host: ip.join('.'), port: local },
          remote: { host: '127.0.0.1', port: remote },
          state: 'LISTEN',
          uid,
          inode,
        });
      },
    ),
  );
  const v6 = (address: string) =>
    parseTcpRow(
      `   0: ${address}:2411 00000000000000000000000000000000:0000 01 00000000:00000000 00:00000000 00000000  1000        0 77 1`,
    )?.local.host;
  assert.equal(v6('00000000000000000000000001000000'), '::1');
  assert.equal(v6('00000000000000000000000000000000'), '::');
  assert.equal(v6('0000000000000000FFFF00000100007F'), '::ffff:127.0.0.1');
  assert.equal(v6('B80D0120000000000000000001000000'), '2001:db8::1');
});

test('cgroup paths name containers', () => {
  const id = 'a1b2c3d4'.repeat(8);
  const named: readonly [string, string | undefined][] = [
    [`/docker/${id}`, id],
    [`/system.slice/docker-${id}.scope`, id],
    [`/system.slice/docker-${id}.scope/init.scope`, id],
    [`/kubepods/besteffort/pod0f4f5d3a-1111-2222-3333-444455556666/${id}`, id],
    [
      `/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1_2.slice/cri-containerd-${id}.scope`,
      id,
    ],
    [`/kubepods.slice/kubepods-pod1.slice/crio-${id}.scope`, id],
    [`/machine.slice/libpod-${id}.scope/container`, id],
    [`/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-${id}.scope`, id],
    [`/default/${id}`, id],
    [`/../${id}`, id],
    ['/lxc.payload.web1/system.slice', 'web1'],
    ['/lxc/web2', 'web2'],
    ['/machine.slice/machine-deb\\x2done.scope', 'deb-one'],
    ['/', undefined],
    ['/user.slice/user-1000.slice/session-2.scope', undefined],
    ['/process_api/4855d31a74d1be8d73d6686ce6b2c6f8', undefined],
  ];
  for (const [path, expected] of named) {
    assert.equal(containerOf(parseCgroups(`0::${path}\n`)), expected, path);
    assert.equal(containerOf(parseCgroups(`9:name=systemd:${path}\n4:memory:${path}\n`)), expected, path);
  }
});

test('cgroup mounts and the way up', () => {
  const mounts = cgroupMounts(
    [
      '35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory',
      '36 31 0:33 /docker/ab /sys/fs/with\\040blank rw shared:3 - cgroup2 cgroup2 rw,nsdelegate',
      '23 1 0:20 / /proc rw - proc proc rw',
    ].join('\n'),
  );
  assert.deepEqual(mounts, [
    { version: 1, controllers: ['rw', 'memory'], root: '/', mountPoint: '/sys/fs/cgroup/memory' },
    { version: 2, controllers: ['rw', 'nsdelegate'], root: '/docker/ab', mountPoint: '/sys/fs/with blank' },
  ]);
  assert.deepEqual(parentPaths('/a/b/c', '/'), ['/a/b/c', '/a/b', '/a', '/']);
  assert.deepEqual(parentPaths('/docker/ab/x', '/docker/ab'), ['/docker/ab/x', '/docker/ab']);
  assert.deepEqual(parentPaths('/', '/'), ['/']);
  assert.deepEqual(parentPaths('/other', '/docker/ab'), []);
});

test('cmdline: arguments come back, what a title leaves behind goes', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ minLength: 1 }).filter((each) => !each.includes('\0'))), (args) => {
      assert.deepEqual(splitNul(Buffer.from(`${args.join('\0')}${'\0'.repeat(40)}`)), args);
    }),
  );
});

test('maps: a line with a path, one without, one of the kernel', () => {
  assert.deepEqual(parseMapping('00400000-00b58000 r-xp 00001000 fe:00 4242    /opt/my node/bin/node'), {
    start: 0x400000,
    end: 0xb58000,
    writable: false,
    executable: true,
    offset: 0x1000,
    inode: 4242,
    path: '/opt/my node/bin/node',
  });
  assert.equal(parseMapping('7f0000000000-7f0000001000 rw-p 00000000 00:00 0 ')?.path, '');
  assert.equal(parseMapping('ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0 [vsyscall]'), undefined);
});
