/** What the services that see images take in common. */
export type ImageMediaType = 'image/png' | 'image/jpeg' | 'image/gif' | 'image/webp';

/**
 * An image that a model is shown: its bytes in base64, or where the service can fetch it. The service fetches it from where it stands, perhaps inside our network,
 * so `url` is only ever an address that this server made itself.
 */
export type ModelImage =
  | { readonly mediaType: ImageMediaType; readonly base64: string }
  | { readonly mediaType: ImageMediaType; readonly url: string };
