import type { LookupAddress } from 'node:dns';
import { describe, expect, it } from '@jest/globals';
import {
  checkedLookup,
  ForbiddenAddress,
  isDialable,
  upstreamUrlProblem,
} from '../../functions/upstream/dial.ts';

const deployed = { allowLoopback: false, ownHost: 'gate.example.com' };
const local = { allowLoopback: true, ownHost: '127.0.0.1:4010' };

describe('an upstream URL, deployed', () => {
  it.each([
    'https://mcp.example.com/mcp',
    'https://mcp.example.com:8443/mcp?tenant=1',
    'https://8.8.8.8/mcp',
    'https://[2606:4700:4700::1111]/mcp',
  ])('%s may be used', (url) => expect(upstreamUrlProblem(url, deployed)).toBeUndefined());

  it.each([
    ['not a URL', 'mcp.example.com', 'must be an absolute URL'],
    ['empty', '', 'must be an absolute URL'],
    ['http', 'http://mcp.example.com/mcp', 'must be an https URL'],
    ['another scheme', 'ftp://mcp.example.com/', 'must be an https URL'],
    ['a file', 'file:///etc/passwd', 'must be an https URL'],
    ['userinfo', 'https://user:secret@mcp.example.com/', 'must not contain credentials'],
    ['a user name only', 'https://user@mcp.example.com/', 'must not contain credentials'],
    ['a fragment', 'https://mcp.example.com/#x', 'must not contain a fragment'],
    ['the gateway itself', 'https://gate.example.com/mcp_x', 'must not be the gateway itself'],
    ['the gateway itself in capitals', 'https://GATE.example.com/mcp_x', 'must not be the gateway itself'],
    [
      'the gateway itself with a dot at its end',
      'https://gate.example.com./x',
      'must not be the gateway itself',
    ],
    ['localhost', 'https://localhost/mcp', 'must have a public address'],
    ['localhost with a dot at its end', 'https://localhost./mcp', 'must have a public address'],
    ['IPv4-compatible loopback', 'https://[::127.0.0.1]/mcp', 'must have a public address'],
    ['IPv6 outside global unicast', 'https://[4000::1]/mcp', 'must have a public address'],
    ['loopback', 'https://127.0.0.1/mcp', 'must have a public address'],
    ['loopback, short', 'https://127.1/mcp', 'must have a public address'],
    ['loopback, decimal', 'https://2130706433/mcp', 'must have a public address'],
    ['loopback, hexadecimal', 'https://0x7f.0x0.0x0.0x1/mcp', 'must have a public address'],
    ['loopback, octal', 'https://0177.0.0.1/mcp', 'must have a public address'],
    ['loopback, full-width digits', 'https://１２７.0.0.1/mcp', 'must have a public address'],
    ...[
      ...['https://%31%32%37.0.0.1/', 'https://127%2e0%2e0%2e1/', 'https://127\u30020\uff0e0\uff611/'],
      ...[
        'https://\u246b\uff17.0.0.1/',
        'https://\u{1d7ed}\u{1d7ee}\u{1d7f3}.1/',
        'https://127\u00ad.0.0.1/',
      ],
      ...['https://127.0\n.0.\t1/', 'https://127.0.0.1./', 'https:/127.0.0.1/', 'https:\\\\127.0.0.1\\'],
      ...['https://127.0.0.1\\@mcp.example.com/', 'https://017700000001/', 'https://0x7f.1/', 'https://0/'],
      ...[
        'https://loc\u00adalhost/',
        'https://\u24dbocalhost/',
        'https://2852039166/',
        'https://169.254.43518/',
      ],
      ...['https://0251.0376.0251.0376/', 'https://[::ffff:a9fe:a9fe]/', 'https://[::ffff:0:127.0.0.1]/'],
      ...[
        'https://[64:ff9b:1::a00:1]/',
        'https://[2001:0:7f00:1::]/',
        'https://[fec0::1]/',
        'https://[100::1]/',
      ],
      ...['https://[5f00::1]/', 'https://[2001:20::1]/', 'https://[ff02::1]/', 'https://192.88.99.1/'],
      ...['https://198.18.0.1/', 'https://240.0.0.1/', 'https://192.0.0.192/', 'https://100.100.100.200/'],
    ].map((url) => [JSON.stringify(url), url, 'must have a public address']),
    ['an IPv6 zone', 'https://[fe80::1%25eth0]/mcp', 'must be an absolute URL'],
    [
      'the gateway itself, with ideographic dots',
      'https://gate\u3002example\uff0ecom/',
      'must not be the gateway itself',
    ],
    ['IPv6 loopback', 'https://[::1]/mcp', 'must have a public address'],
    ['IPv4-mapped loopback', 'https://[::ffff:127.0.0.1]/mcp', 'must have a public address'],
    ['unspecified', 'https://0.0.0.0/mcp', 'must have a public address'],
    ['IPv6 unspecified', 'https://[::]/mcp', 'must have a public address'],
    ['private 10/8', 'https://10.0.0.1/mcp', 'must have a public address'],
    ['private 172.16/12', 'https://172.16.0.1/mcp', 'must have a public address'],
    ['private 192.168/16', 'https://192.168.1.1/mcp', 'must have a public address'],
    ['metadata', 'https://169.254.169.254/latest/meta-data/', 'must have a public address'],
    ['IPv6 metadata', 'https://[fd00:ec2::254]/latest/meta-data/', 'must have a public address'],
    ['CGNAT', 'https://100.64.0.1/mcp', 'must have a public address'],
    ['unique local', 'https://[fc00::1]/mcp', 'must have a public address'],
    ['link-local', 'https://[fe80::1]/mcp', 'must have a public address'],
    ['NAT64 of a private address', 'https://[64:ff9b::a00:1]/mcp', 'must have a public address'],
    ['6to4 of a private address', 'https://[2002:a00:1::]/mcp', 'must have a public address'],
    ['multicast', 'https://224.0.0.1/mcp', 'must have a public address'],
    ['broadcast', 'https://255.255.255.255/mcp', 'must have a public address'],
    ['documentation', 'https://192.0.2.1/mcp', 'must have a public address'],
  ])('%s is refused', (_name, url, problem) => expect(upstreamUrlProblem(url, deployed)).toBe(problem));
});

describe('an upstream URL, on the local gateway', () => {
  it.each([
    'http://127.0.0.1:3000/mcp',
    'http://localhost:3000/mcp',
    'http://[::1]:3000/mcp',
    'https://mcp.example.com/mcp',
  ])('%s may be used', (url) => expect(upstreamUrlProblem(url, local)).toBeUndefined());

  it.each([
    ['http to another machine', 'http://mcp.example.com/mcp', 'must be an https URL'],
    ['a private address', 'https://10.0.0.1/mcp', 'must have a public address'],
    ['the gateway itself', 'http://127.0.0.1:4010/mcp_x', 'must not be the gateway itself'],
  ])('%s is refused', (_name, url, problem) => expect(upstreamUrlProblem(url, local)).toBe(problem));
});

describe('the look-up before every connection', () => {
  const lookupOf = (addresses: LookupAddress[], rules = deployed) =>
    new Promise((resolve) => {
      const lookup = checkedLookup({
        ...rules,
        resolve: (_host, _options, callback) => callback(null, addresses),
      });
      lookup('mcp.example.invalid', { all: true }, (error, found) => resolve(error ?? found));
    });
  const publicAddress = { address: '93.184.216.34', family: 4 };

  it('answers public addresses', async () => {
    expect(await lookupOf([publicAddress])).toEqual([publicAddress]);
  });

  it.each([
    '127.0.0.1',
    '10.1.2.3',
    '169.254.169.254',
    '::1',
    '::ffff:10.0.0.1',
    'fd00::1',
    'fe80::1%eth0',
    '64:ff9b::a9fe:a9fe',
    '2002:a9fe:a9fe::',
    'not an address',
  ])('fails on %s, even beside a public one', async (address) => {
    expect(
      await lookupOf([publicAddress, { address, family: address.includes(':') ? 6 : 4 }]),
    ).toBeInstanceOf(ForbiddenAddress);
  });

  it('fails when there is no address', async () => {
    expect(await lookupOf([])).toBeInstanceOf(ForbiddenAddress);
  });

  it('answers the first address to a socket that asks for one', (done) => {
    const lookup = checkedLookup({
      ...deployed,
      resolve: (_host, _options, callback) => callback(null, [publicAddress]),
    });
    lookup('mcp.example.invalid', {}, (error, address, family) => {
      expect([error, address, family]).toEqual([null, '93.184.216.34', 4]);
      done();
    });
  });

  it('is not all: an address that needs no look-up is checked as well', () => {
    expect(isDialable(new URL('https://[::1]/'), deployed)).toBe(false);
    expect(isDialable(new URL('https://169.254.169.254/'), deployed)).toBe(false);
    expect(isDialable(new URL('https://mcp.example.com/'), deployed)).toBe(true);
  });
});
