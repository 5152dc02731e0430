// Calls to Bedrock are signed with Signature Version 4, unless the secret is an API key.
import { asString } from '../../canonical/json.ts';
import type { Signer, SignerParts } from '../../canonical/provider.ts';
import type { WireCall, WireHeaders } from '../../canonical/wire.ts';
import { authorityOf } from '../../lib/authority.ts';
import { type AwsCredentials, Sigv4 } from '../../lib/sigv4.ts';
import { refused } from '../ask-wire.ts';
import { credentialSource } from './credentials.ts';

const SERVICE = 'bedrock';

export function createSigner(parts: SignerParts): Signer | undefined {
  const source = credentialSource(parts);
  if (source === undefined) return undefined;
  const stated = asString(parts.options['region']);
  let sigv4: Sigv4 | undefined;
  const signWith = (wire: WireCall, credentials: AwsCredentials): WireHeaders => {
    sigv4 ??= new Sigv4(stated ?? regionOf(wire.origin.host), SERVICE);
    const { method, origin, path, headers, body } = wire;
    const call = { method, host: authorityOf(origin), path, contentType: headers['content-type'], body };
    return sigv4.sign(call, credentials, parts.clock.wall());
  };
  return {
    sign(wire) {
      const credentials = source();
      return credentials instanceof Promise
        ? credentials.then((fetched) => signWith(wire, fetched))
        : signWith(wire, credentials);
    },
    refused: () => source.refused?.(),
  };
}

/** An address of the vendor's own names the region. */
function regionOf(host: string): string {
  const region = /\.([a-z]{2}(?:-[a-z]+)+-\d)\./.exec(host)?.[1];
  if (region === undefined) throw refused('Nobody told the region of this upstream: set its options.region.');
  return region;
}
