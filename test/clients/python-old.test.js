// Python's openai and anthropic packages, the majors before: many programs stay with them.
import { pythonClients } from './drivers/python.js';

pythonClients('old');
