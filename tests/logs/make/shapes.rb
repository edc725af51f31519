# Ruby's Logger: ruby shapes.rb > ruby.log
require "logger"

log = Logger.new($stdout, progname: "sync")
log.debug("checking the queue")
log.info("service is up on port 8080")
log.info("connection ERROR is only a word here")
log.warn("queue is long: 95 of 100")
log.error("cannot reach the vault: no such host")
begin
  {}.fetch("job")
rescue KeyError => error
  log.error(error)
end
log.fatal("giving up")
log.unknown("of no known level")
