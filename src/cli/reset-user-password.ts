import type { Config } from '../config.js';
import { resetPassword } from '../domain/users/accounts.js';
import { withHouse } from './with-house.js';

/** Prints the new password, once. @throws {AppError} as {@link resetPassword} does */
export async function resetUserPassword(config: Config, userName: string): Promise<void> {
  const password = await withHouse(config, ({ house }) => resetPassword(house.needs, userName));
  console.log(`The password of ${userName} is now ${password}`);
}
