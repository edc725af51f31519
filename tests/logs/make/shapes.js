// Node's loggers, each in a process of its own: node shapes.js NAME > NAME.log
'use strict';

const texts = {
  debug: 'checking the queue',
  info: ['service is up on port 8080', 'connection ERROR is only a word here'],
  warn: 'queue is long: 95 of 100',
  error: 'cannot reach the vault: no such host',
};

function events(log) {
  log.debug(texts.debug);
  texts.info.forEach((text) => log.info(text));
  log.warn(texts.warn);
  log.error(texts.error);
}

function failure() {
  const error = new Error('no space left on device');
  error.stack = error.stack.split('\n').slice(0, 2).join('\n').replace(/\(.*\//, '(/srv/app/');
  return error;
}

function pino(options, pretty) {
  const destination = pretty
    ? require('pino-pretty')({ colorize: pretty.colorize, sync: true, singleLine: false, destination: 1 })
    : require('pino').destination({ dest: 1, sync: true });
  const log = require('pino')({ level: 'trace', ...options }, destination);
  log.trace('stepping');
  events(log);
  log.error(failure(), 'job failed');
  log.fatal('giving up');
}

function winston(format) {
  const { createLogger, transports } = require('winston');
  const log = createLogger({ level: 'debug', format, transports: [new transports.Stream({ stream: process.stdout })] });
  events(log);
}

const shapes = {
  'pino': () => pino({ name: 'sync' }),
  'pino-iso': () => pino({ timestamp: require('pino').stdTimeFunctions.isoTime, formatters: { level: (label) => ({ level: label }) } }),
  'pino-pretty': () => pino({}, { colorize: false }),
  'pino-pretty-colors': () => pino({ name: 'sync' }, { colorize: true }),
  'bunyan': () => {
    const log = require('bunyan').createLogger({ name: 'sync', level: 'trace' });
    log.trace('stepping');
    events(log);
    log.error({ err: failure() }, 'job failed');
    log.fatal('giving up');
  },
  'winston-json': () => winston(require('winston').format.combine(require('winston').format.timestamp(), require('winston').format.json())),
  'winston-simple': () => winston(require('winston').format.simple()),
  'winston-printf': () => {
    const { combine, timestamp, printf } = require('winston').format;
    winston(combine(timestamp(), printf(({ level, message, timestamp: at }) => `${at} ${level}: ${message}`)));
  },
  'winston-brackets': () => {
    const { combine, timestamp, printf } = require('winston').format;
    winston(combine(timestamp({ format: 'YYYY-MM-DD HH:mm:ss' }), printf(({ level, message, timestamp: at }) => `[${at}] [${level}]: ${message}`)));
  },
  'log4js': () => {
    const log4js = require('log4js');
    log4js.configure({ appenders: { out: { type: 'stdout', layout: { type: 'basic' } } }, categories: { default: { appenders: ['out'], level: 'trace' } } });
    const log = log4js.getLogger('sync');
    events(log);
    log.fatal('giving up');
  },
  'morgan-combined': () => access('combined'),
};

function access(format) {
  const morgan = require('morgan')(format, { stream: process.stdout });
  const http = require('http');
  const server = http.createServer((request, response) => {
    morgan(request, response, () => {
      response.statusCode = Number(request.url.slice(1));
      response.end('notes');
    });
  });
  server.listen(0, '127.0.0.1', async () => {
    for (const code of [200, 302, 404, 500, 503]) {
      await new Promise((done) => {
        http.get({ port: server.address().port, path: `/${code}`, agent: false }, (answer) => answer.resume().on('end', done));
      });
    }
    server.close();
  });
}

const name = process.argv[2];
if (name) shapes[name]();
else console.log(Object.keys(shapes).join(' '));
