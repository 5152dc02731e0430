// What every client asks, in nobody's dialect: drivers say it with their own package's means.
export const PROMPT = 'Please use get_weather and get_time.';
export const PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
export const PIXEL_URL = `data:image/png;base64,${PIXEL}`;
export const CITY = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
};
const NOTHING = { type: 'object', properties: {}, required: [], additionalProperties: false };
export const TOOLS = [
  { name: 'get_weather', description: 'Weather of a city.', schema: CITY },
  { name: 'get_time', description: 'Time of day.', schema: NOTHING },
];
/** What the tools say. */
export const RESULTS = { get_weather: '25 °C', get_time: 'noon' };

/** Reads a stream to its end, or until `onText` leaves. */
export async function gather(stream, take) {
  for await (const piece of stream) take(piece);
}
