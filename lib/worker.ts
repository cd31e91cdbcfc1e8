/** What a worker process runs: tasks of stages. */
import { open } from './exec/stages/run-task.js';
import { serve } from './exec/workers/worker.js';

serve(open);
