<?php
// PHP's own log: php -d log_errors=1 -d error_log=php.log shapes.php
error_log("service is up on port 8080");
error_log("connection ERROR is only a word here");
echo @$notes["a"];
$notes = [];
echo $notes["a"];
trigger_error("queue is long: 95 of 100", E_USER_WARNING);
function job() { throw new RuntimeException("job failed"); }
error_log("bye");
job();
