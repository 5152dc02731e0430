// The role of the container or instance we run on: credentials from an address that only this machine reaches.
// Asked only when the config says so.
import { asString, type JsonObject } from '../../canonical/json.ts';
import type { Origin, Transport } from '../../canonical/wire.ts';
import type { AwsCredentials } from '../../lib/sigv4.ts';
import { askJson, askText, placeOf, refused } from '../ask-wire.ts';
import type { Purchase } from '../bought-token.ts';
import { readText } from '../local-file.ts';

interface WallClock {
  wall(): number;
}

const CONTAINER = "the container's credential service";
const INSTANCE = "the instance's credential service";
/** Where containers are served: over TLS anywhere, in plain text only by the machine itself. */
const NEAR: ReadonlySet<string> = new Set([
  '169.254.170.2',
  '169.254.170.23',
  'fd00:ec2::23',
  '127.0.0.1',
  '::1',
  'localhost',
]);

export async function containerCredentials(
  transport: Transport,
  options: JsonObject,
  clock: WallClock,
): Promise<Purchase<AwsCredentials>> {
  const uri = asString(options['container_uri']);
  if (uri === undefined) throw refused('Nobody told where the container gets its credentials.');
  const { origin, path } = placeOf(uri, CONTAINER);
  if (!origin.tls && !NEAR.has(origin.host)) {
    throw refused(`Credentials are not fetched from ${origin.host} in plain text.`);
  }
  const file = asString(options['container_token_file']);
  const token = file === undefined ? asString(options['container_token']) : readText(file).trim();
  const headers = { accept: 'application/json', ...(token === undefined ? {} : { authorization: token }) };
  const answer = await askJson(transport, { origin, method: 'GET', path, headers, whom: CONTAINER });
  return credentialsIn(answer, CONTAINER, clock);
}

const METADATA: Origin = { tls: false, host: '169.254.169.254', port: 80 };
const ROLES = '/latest/meta-data/iam/security-credentials/';

/** The second version of the service: a session first, so that nobody else's forwarded call can ask. */
export async function instanceCredentials(
  transport: Transport,
  clock: WallClock,
): Promise<Purchase<AwsCredentials>> {
  const ask = { origin: METADATA, whom: INSTANCE };
  const session = await askText(transport, {
    ...ask,
    method: 'PUT',
    path: '/latest/api/token',
    headers: { 'x-aws-ec2-metadata-token-ttl-seconds': '300' },
  });
  const headers = { 'x-aws-ec2-metadata-token': session.trim() };
  const roles = await askText(transport, { ...ask, method: 'GET', path: ROLES, headers });
  const [role = ''] = roles.trim().split('\n');
  if (role === '') throw refused('This instance has no role.');
  const path = ROLES + encodeURIComponent(role.trim());
  return credentialsIn(await askJson(transport, { ...ask, method: 'GET', path, headers }), INSTANCE, clock);
}

function credentialsIn(answer: JsonObject, whom: string, clock: WallClock): Purchase<AwsCredentials> {
  const accessKeyId = asString(answer['AccessKeyId']);
  const secretAccessKey = asString(answer['SecretAccessKey']);
  const sessionToken = asString(answer['Token']);
  const ends = Date.parse(asString(answer['Expiration']) ?? '');
  if (accessKeyId === undefined || secretAccessKey === undefined || Number.isNaN(ends)) {
    throw refused(`${whom} answered without credentials.`);
  }
  return {
    token: { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) },
    expiresIn: (ends - clock.wall()) / 1000,
  };
}
