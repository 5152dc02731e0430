// Python's openai and anthropic packages, newest majors.
import { pythonClients } from './drivers/python.js';

pythonClients('new');
