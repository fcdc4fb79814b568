/* audit-tell.c - Each decision as a line for the host's own log.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The socket is not connected: each datagram names where it goes, so that
 * a journal or a syslog that starts later, or anew, is reached without
 * another socket, which decide cannot make.  */

#include "audit-tell.h"

#include <endian.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "../../common/base/encode.h"
#include "../../common/base/log.h"

#define JOURNAL "/run/systemd/journal/socket"
#define SYSLOG "/dev/log"
#define IDENTIFIER "postern"
#define MESSAGELEN (2 * AUDIT_TELL_LEN + 1024)

struct audit_tell_s
{
  enum config_log_audit kind;
  struct sockaddr_un to;
  int fd;
  int trouble;                  /* errno of the last one; 0: it went.  */
  unsigned long lost;           /* Since then.  */
};

/* A row in words; "" for what is not known.  */
struct words
{
  char row[24], sport[8], until[24], count[16];
  char source[NETSPEC_ADDRSTRLEN], address[NETSPEC_ADDRSTRLEN];
  char ports[NETSPEC_PORTSTRLEN];
  char request[2 * REQUEST_HASHLEN + 1];
};

struct field
{
  const char *name;
  const char *value;
};

/* What they are called to the journal, in the order of the line.  */
enum { RESULT, STAGE, SOURCE, SPORT, USER, FPR, ACTION, ADDRESS, PORTS, RULE,
  REQUEST, UNTIL, COUNT, HOST, ROW, REASON, DETAIL, N_FIELDS };


gpg_error_t
audit_tell_open (enum config_log_audit kind, const char *path,
                 audit_tell_t *r_tell)
{
  audit_tell_t tell;
  gpg_error_t err;

  *r_tell = NULL;
  if (kind == CONFIG_LOG_NONE)
    return 0;
  if (!path)
    path = kind == CONFIG_LOG_JOURNAL ? JOURNAL : SYSLOG;
  tell = calloc (1, sizeof *tell);
  if (!tell)
    return gpg_error_from_syserror ();
  tell->kind = kind;
  tell->to.sun_family = AF_UNIX;
  snprintf (tell->to.sun_path, sizeof tell->to.sun_path, "%s", path);
  tell->fd = socket (AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (tell->fd < 0)
    {
      err = gpg_error_from_syserror ();
      free (tell);
      return err;
    }
  *r_tell = tell;
  return 0;
}


void
audit_tell_close (audit_tell_t tell)
{
  if (!tell)
    return;
  close (tell->fd);
  free (tell);
}


static void
print_row_words (const struct audit_row *row, uint32_t count, struct words *w)
{
  memset (w, 0, sizeof *w);
  if (row->row)
    snprintf (w->row, sizeof w->row, "%lld", (long long)row->row);
  if (row->sport)
    snprintf (w->sport, sizeof w->sport, "%u", row->sport);
  if (row->until)
    snprintf (w->until, sizeof w->until, "%llu",
              (unsigned long long)row->until);
  snprintf (w->count, sizeof w->count, "%u", count ? count : 1);
  if (row->source.family != AF_UNSPEC)
    netspec_addr_print (&row->source, w->source);
  if (row->address.family != AF_UNSPEC)
    netspec_addr_print (&row->address, w->address);
  if (row->ports.n)
    netspec_ports_print (&row->ports, w->ports);
  if (row->has_request)
    encode_hex (row->request, REQUEST_HASHLEN, w->request);
}


/* The order is what contrib/fail2ban-filter.conf goes by: what anybody else
   has written comes last.  */
static void
name_fields (const char *host, const struct audit_row *row,
             const struct words *w, struct field field[N_FIELDS])
{
  const struct field all[N_FIELDS] =
    {
      [RESULT] = { "result", row->result }, [STAGE] = { "stage", row->stage },
      [SOURCE] = { "source", *w->source ? w->source : "-" },
      [SPORT] = { "sport", w->sport }, [USER] = { "user", row->user },
      [FPR] = { "fpr", row->fpr }, [ACTION] = { "action", row->action },
      [ADDRESS] = { "address", w->address }, [PORTS] = { "ports", w->ports },
      [RULE] = { "rule", row->rule }, [REQUEST] = { "request", w->request },
      [UNTIL] = { "until", w->until }, [COUNT] = { "count", w->count },
      [HOST] = { "host", host }, [ROW] = { "row", w->row },
      [REASON] = { "reason", row->reason }, [DETAIL] = { "detail", row->detail }
    };

  memcpy (field, all, sizeof all);
}


/* Add to the text of LEN bytes in BUF, of SIZE; what has no room is cut.  */
static void GPGRT_ATTR_PRINTF (4, 5)
append_text (char *buf, size_t size, size_t *len, const char *format, ...)
{
  va_list ap;
  int n;

  va_start (ap, format);
  n = vsnprintf (buf + *len, size - *len, format, ap);
  va_end (ap);
  if (n > 0)
    *len = *len + (size_t)n < size ? *len + (size_t)n : size - 1;
}


static bool
is_bare_value (const char *value)
{
  return value[strspn (value, "abcdefghijklmnopqrstuvwxyz0123456789"
                       "ABCDEFGHIJKLMNOPQRSTUVWXYZ.,:/_-")] == 0;
}


/* What a terminal or a reader of lines would take for more than text is a
   question mark.  */
static void
add_quoted (char *buf, size_t size, size_t *len, const char *value)
{
  bool clean = encode_is_clean (value, strlen (value));

  append_text (buf, size, len, "\"");
  for (; *value; value++)
    if (*value == '"' || *value == '\\')
      append_text (buf, size, len, "\\%c", *value);
    else
      append_text (buf, size, len, "%c", (unsigned char)*value < 0x20
                   || (!clean && (unsigned char)*value > 0x7e) ? '?' : *value);
  append_text (buf, size, len, "\"");
}


void
audit_tell_line (const char *host, const struct audit_row *row,
                 uint32_t count, char line[AUDIT_TELL_LEN])
{
  struct field field[N_FIELDS];
  struct words words;
  size_t i, len = 0;

  print_row_words (row, count, &words);
  name_fields (host, row, &words, field);
  for (i = 0; i < N_FIELDS; i++)
    if (field[i].value && *field[i].value)
      {
        append_text (line, AUDIT_TELL_LEN, &len, "%s%s=", i ? " " : "",
                     field[i].name);
        if (is_bare_value (field[i].value))
          append_text (line, AUDIT_TELL_LEN, &len, "%s", field[i].value);
        else
          add_quoted (line, AUDIT_TELL_LEN, &len, field[i].value);
      }
}


/* A refusal is worth a look, what is not known is too.  */
static int
priority_of (const struct audit_row *row)
{
  return !strcmp (row->result, "refused") || !strcmp (row->result, "unknown")
    ? LOG_NOTICE : LOG_INFO;
}


/* "POSTERN_NAME=VALUE"; one that has a LF with its length before it.  */
static void
add_field (char *buf, size_t *len, const struct field *field)
{
  uint64_t size = htole64 (strlen (field->value));
  const char *name;

  append_text (buf, MESSAGELEN, len, "POSTERN_");
  for (name = field->name; *name; name++)
    append_text (buf, MESSAGELEN, len, "%c", *name - 'a' + 'A');
  if (!strchr (field->value, '\n'))
    append_text (buf, MESSAGELEN, len, "=%s\n", field->value);
  else
    {
      append_text (buf, MESSAGELEN, len, "\n");
      if (*len + sizeof size < MESSAGELEN)
        {
          memcpy (buf + *len, &size, sizeof size);
          *len += sizeof size;
        }
      append_text (buf, MESSAGELEN, len, "%s\n", field->value);
    }
}


/* systemd's "Native Journal Protocol".  */
static size_t
write_journal (const char *host, const struct audit_row *row, uint32_t count,
               char buf[MESSAGELEN])
{
  struct field field[N_FIELDS];
  struct words words;
  char line[AUDIT_TELL_LEN];
  size_t i, len = 0;

  audit_tell_line (host, row, count, line);
  print_row_words (row, count, &words);
  name_fields (host, row, &words, field);
  append_text (buf, MESSAGELEN, &len, "MESSAGE=%s\nPRIORITY=%d\n"
               "SYSLOG_FACILITY=%d\n"
               "SYSLOG_IDENTIFIER=" IDENTIFIER "\n", line, priority_of (row),
               LOG_AUTHPRIV >> 3);
  for (i = 0; i < N_FIELDS; i++)
    if (field[i].value && *field[i].value
        && (i != SOURCE || *words.source))
      add_field (buf, &len, field + i);
  return len;
}


/* As syslog(3) of the C library writes it (RFC 3164), which cannot be used:
   it makes another socket where one fails.  */
static size_t
write_syslog (const char *host, const struct audit_row *row, uint32_t count,
              char buf[MESSAGELEN])
{
  static const char month[12][4] =
    { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct",
      "Nov", "Dec" };
  char line[AUDIT_TELL_LEN];
  time_t now = time (NULL);
  size_t len = 0;
  struct tm tm;

  audit_tell_line (host, row, count, line);
  memset (&tm, 0, sizeof tm);
  localtime_r (&now, &tm);
  append_text (buf, MESSAGELEN, &len, "<%d>%s %2d %02d:%02d:%02d " IDENTIFIER
               "[%ld]: %s", LOG_AUTHPRIV | priority_of (row),
               month[tm.tm_mon % 12], tm.tm_mday, tm.tm_hour,
               tm.tm_min, tm.tm_sec, (long)getpid (), line);
  return len;
}


static void
note_trouble (audit_tell_t tell, int error)
{
  const char *where = tell->to.sun_path;

  tell->lost += error != 0;
  if (!error && tell->trouble)
    {
      log_info ("%s accepts the audit log again; lines lost meanwhile: %lu",
                where, tell->lost);
      tell->lost = 0;
    }
  else if (error && !tell->trouble)
    log_warn ("%s does not accept the audit log: %s; decisions are still"
              " shown by 'posternctl audit'", where, strerror (error));
  tell->trouble = error;
}


void
audit_tell (audit_tell_t tell, const char *host, const struct audit_row *row,
            uint32_t count)
{
  char buf[MESSAGELEN];
  size_t len;

  if (!tell)
    return;
  len = tell->kind == CONFIG_LOG_JOURNAL
    ? write_journal (host, row, count, buf)
    : write_syslog (host, row, count, buf);
  note_trouble (tell, sendto (tell->fd, buf, len, MSG_DONTWAIT | MSG_NOSIGNAL,
                              (const struct sockaddr *)&tell->to,
                              sizeof tell->to) < 0 ? errno : 0);
}
