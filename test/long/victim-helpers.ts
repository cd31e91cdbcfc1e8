/** A coordinator to be killed: `victim-helpers.js JOB FOLDER TEMP OUTPUT`. */
import { Session } from '../../lib/index.js';
import { jobs, options } from './chaos-helpers.js';

const [name, folder, temp, output] = process.argv.slice(2) as [string, string, string, string];
const place = { folder, temp };
const session = new Session(options(place));
await jobs[name]!(session, place, output);
await session.close();
