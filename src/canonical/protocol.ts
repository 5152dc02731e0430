// What a wire dialect must be able to do, as a face and as an upstream. One folder per dialect implements it.
import type { Codec } from './codec.ts';
import type { Face } from './face.ts';
import type { SameDialect } from './same-dialect.ts';
import type { Specialties } from './specialties.ts';

export type {
  EncodedCall,
  EncodeOptions,
  EncoderOptions,
  FrameKind,
  ReplyDecoder,
  ReplyEncoder,
  Watcher,
  WatchOutput,
} from './codec.ts';
export type { EncodedError, FaceRoute, Method, Place, Reframe, StreamSoFar } from './face.ts';
export type { Errand, Operation, ParameterName } from './operation.ts';
export type { Hop } from './same-dialect.ts';
export type { IdleOptions } from './specialties.ts';

export interface Protocol extends Face, SameDialect, Codec, Specialties {
  readonly id: string;
}
