import { expect, it } from 'vitest';
import { Secret } from '../../src/base/secret.js';
import { encodeStrictly, presign } from '../../src/infra/minio/presign.js';

it('signs the example of the S3 documentation as it does', () => {
  const signer = {
    region: 'us-east-1',
    accessKey: new Secret('AKIAIOSFODNN7EXAMPLE'),
    secretKey: new Secret('wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'),
  };

  const address = presign(signer, {
    method: 'GET',
    url: new URL('https://examplebucket.s3.amazonaws.com/test.txt'),
    expiresInSeconds: 86_400,
    now: new Date('2013-05-24T00:00:00Z'),
  });

  expect(address).toBe(
    'https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256' +
      '&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request' +
      '&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host' +
      '&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404',
  );
});

it('leaves only letters, digits and -_.~ as they are', () => {
  expect(encodeStrictly("aZ09-_.~ !'()*/+가")).toBe('aZ09-_.~%20%21%27%28%29%2A%2F%2B%EA%B0%80');
});
