import { describe, expect, it } from 'vitest';
import { addressKey } from '../../src/domain/users/throttle.js';

describe('an address', () => {
  it.each([
    ['two spellings of one IPv6 address', '2001:db8::1', '2001:0DB8:0:0:0:0:0:1'],
    ['all of an IPv6 /64', '2001:db8:1:2::1', '2001:db8:1:2:ffff:ffff:ffff:ffff'],
    ['all of one whose number has zeros in it', 'fd00:0:0:5::1', 'fd00::5:a:b:c:d'],
    ['an address and the same one on an interface', 'fe80::1', 'fe80::1%eth0'],
    ['an IPv4 address and the one mapped to it', '192.0.2.1', '::ffff:192.0.2.1'],
  ])('counts as one: %s', (_, left, right) => {
    expect(addressKey('login', left)).toBe(addressKey('login', right));
  });

  it.each([
    ['IPv4 neighbours', '192.0.2.1', '192.0.2.2'],
    ['IPv6 networks next to each other', '2001:db8:1:2::1', '2001:db8:1:3::1'],
    ['IPv6 networks whose numbers have zeros in them', 'fd00::5:a:b:c:d', 'fd00::6:a:b:c:d'],
    ['an IPv4 address and an IPv6 one that ends in it', '192.0.2.1', '2001:db8::ffff:192.0.2.1'],
    ['IPv6 networks that are written with a gap', '2001:db8::1:0:0:1', '2001:db8:0:1::1'],
  ])('counts apart: %s', (_, left, right) => {
    expect(addressKey('login', left)).not.toBe(addressKey('login', right));
  });

  it('is counted apart for each purpose, under a key that holds nothing a client wrote', () => {
    const text = 'Not an address\r\n* of any kind';

    expect(addressKey('register', text)).toMatch(/^register:from:[0-9a-f]{64}$/);
    expect(addressKey('login', text)).toMatch(/^login:from:[0-9a-f]{64}$/);
  });
});
