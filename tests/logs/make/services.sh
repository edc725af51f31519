#!/bin/bash
# What servers write, each started on its own in a temporary folder and ended again:
# services.sh FOLDER writes FOLDER/NAME.log. Wants redis-server, postgresql, nginx, apache2,
# mariadb-server and rsyslog of Debian, and must run as root: PostgreSQL will not, so it is
# started as nobody.
set -u
out=$(realpath "$1"); work=$(mktemp -d); chmod 755 "$work"; cd "$work" || exit 1
export TZ=Europe/Berlin
trap 'rm -rf "$work"' EXIT
# Ends what was started here, by its PID.
end() { kill "$1" 2>/dev/null; for _ in $(seq 100); do kill -0 "$1" 2>/dev/null || break; sleep 0.1; done; }

if command -v redis-server >/dev/null; then
    redis-server --port 0 --unixsocket "$work/redis.sock" --dir "$work" --loglevel debug > redis.log 2>&1 &
    pid=$!; sleep 1; redis-cli -s redis.sock save >/dev/null; sleep 0.3; end $pid
    grep -avE '^ *$|_\._|`-|\|  |  _' redis.log | head -24 > "$out/redis.log"
fi

bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | tail -1)
if [ -n "$bin" ]; then
    mkdir pg && chown nobody pg
    as() { setpriv --reuid nobody --regid nogroup --clear-groups "$@"; }
    as "$bin/initdb" -D pg/data -U app >/dev/null 2>&1
    as "$bin/postgres" -D pg/data -k "$work/pg" -c listen_addresses= -c log_timezone="$TZ" > postgresql.log 2>&1 &
    pid=$!; sleep 3
    query() { as "$bin/psql" -h "$work/pg" -U app postgres -c "$1" >/dev/null 2>&1; }
    query 'select * from notes'; query 'do $$ begin raise warning $_$queue is long: 95 of 100$_$; end $$'
    query 'select 1/0'; query 'set client_min_messages = debug1'
    "$bin/psql" -h "$work/pg" -U nobody postgres -c '' 2>/dev/null
    end $pid
    cp postgresql.log "$out/postgresql.log"
fi

get() { curl -s -o /dev/null "http://127.0.0.1:8089$1"; }
if command -v nginx >/dev/null; then
    mkdir -p www; echo notes > www/index.html; chmod -R a+rx www
    cat > nginx.conf <<X
daemon off; master_process off; pid $work/nginx.pid; error_log $work/nginx-error.log debug;
events {}
http { access_log $work/nginx-access.log combined; client_body_temp_path $work/t; proxy_temp_path $work/t; fastcgi_temp_path $work/t; uwsgi_temp_path $work/t; scgi_temp_path $work/t;
 server { listen 127.0.0.1:8089; root $work/www; location /api { proxy_pass http://127.0.0.1:9; } } }
X
    nginx -c "$work/nginx.conf" 2>/dev/null & pid=$!; sleep 1
    get /; get /missing; get /api; get /index.html; end $pid
    cp nginx-access.log "$out/nginx-access.log"
    { grep -a notice nginx-error.log; grep -aE '\[(error|warn|crit)\]' nginx-error.log; } | sort -s -k1,2 | head -20 > "$out/nginx-error.log"
fi

if command -v apache2 >/dev/null; then
    m=/usr/lib/apache2/modules
    cat > apache.conf <<X
ServerRoot $work
ServerName localhost
PidFile $work/apache.pid
Listen 127.0.0.1:8089
LoadModule mpm_event_module $m/mod_mpm_event.so
LoadModule authz_core_module $m/mod_authz_core.so
LoadModule proxy_module $m/mod_proxy.so
LoadModule proxy_http_module $m/mod_proxy_http.so
DocumentRoot $work/www
ProxyPass /api http://127.0.0.1:9/
<Directory $work/www>
Require all granted
</Directory>
<Location /secret>
Require all denied
</Location>
LogLevel info
ErrorLog $work/apache-error.log
LogFormat "%h %l %u %t \"%r\" %>s %O \"%{Referer}i\" \"%{User-Agent}i\"" combined
CustomLog $work/apache-access.log combined
X
    apache2 -f "$work/apache.conf" -DFOREGROUND 2>/dev/null & pid=$!; sleep 2
    get /index.html; get /missing; get /secret; get /api; get /index.html; end $pid
    cp apache-access.log "$out/apache-access.log"; cp apache-error.log "$out/apache-error.log"
fi

if command -v mariadbd >/dev/null; then
    mkdir db && chown nobody db
    mariadb-install-db --no-defaults --datadir="$work/db" --user=nobody --skip-test-db >/dev/null 2>&1
    mariadbd --no-defaults --datadir="$work/db" --user=nobody --skip-networking --socket="$work/db.sock" --pid-file="$work/db.pid" > mariadb.log 2>&1 &
    pid=$!; sleep 4; end $pid
    head -30 mariadb.log > "$out/mariadb.log"
fi

if command -v rsyslogd >/dev/null; then
    for format in TraditionalFileFormat FileFormat SyslogProtocol23Format; do
        cat > rsyslog.conf <<X
module(load="imuxsock" SysSock.Use="off")
input(type="imuxsock" Socket="$work/log.sock")
module(load="builtin:omfile" Template="RSYSLOG_$format")
*.* $work/$format.log
X
        rsyslogd -n -f "$work/rsyslog.conf" -i "$work/rsyslog.pid" 2>/dev/null & pid=$!; sleep 1
        say() { logger -u "$work/log.sock" -p "$1" -t "$2" "$3"; }
        say daemon.info 'sync[812]' 'service is up on port 8080'
        say daemon.info 'sync[812]' 'connection ERROR is only a word here'
        say daemon.warning 'sync[812]' 'queue is long: 95 of 100'
        say daemon.err 'sync[812]' 'cannot reach the vault: no such host'
        say cron.info CRON '(app) CMD (/srv/app/sync)'
        say daemon.crit 'sync[812]' 'giving up'
        sleep 0.5; end $pid
    done
    cp TraditionalFileFormat.log "$out/syslog.log"; cp FileFormat.log "$out/syslog-iso.log"; cp SyslogProtocol23Format.log "$out/syslog-rfc5424.log"
fi
# Neutral names.
sed -i -e "s#$work#/srv/app#g" -e "s#\b$(hostname)\b#host#g" "$out"/*.log
