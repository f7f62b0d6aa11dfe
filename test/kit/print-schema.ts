import { printSchema } from 'graphql';
import { createSchema } from '../../src/api/schema.js';

console.log(printSchema(await createSchema()));
