/* report.c - What the person learns of the hosts' replies.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A reply comes from a server: nothing in it may move a terminal's cursor or
 * look like a message of ours.  */

#include "report.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>
#include "../../common/base/encode.h"
#include "../../common/base/log.h"
#include "../../common/base/tojson.h"
#include "../../common/base/lines.h"
#include "noreply.h"
#include "whoami-json.h"
#include "whoami-text.h"


/* How the server's words begin if no rule matches.  */
#define NO_RULE "no rule allows this"


/* Text of a server for a terminal: one line, no control characters.  To be
   freed.  */
static char *
clean_line (const char *text)
{
  char *copy = strdup (text), *p = copy;

  if (!copy)
    return NULL;
  encode_mask (copy, strlen (copy), "");
  while ((p = strchr (p, '\n')))
    *p = ' ';
  return copy;
}


char *
report_time (time_t end, time_t now, char *text)
{
  struct tm then, today;

  *text = 0;
  if (!localtime_r (&end, &then) || !localtime_r (&now, &today)
      || !strftime (text, REPORT_TIMELEN,
                    then.tm_year == today.tm_year
                    && then.tm_yday == today.tm_yday ? "%T" : "%F %T", &then))
    *text = 0;
  return text;
}


/* The address that got the grant: the signed one, or the one that the
   server saw.  */
static const struct net_addr *
granted_address (const struct compose_ask *ask,
                 const struct report_item *item)
{
  return ask->source.family ? &ask->source : &item->reply->address;
}


static char *
line_opened (const struct compose_ask *ask, const struct report_item *item)
{
  char ports[NETSPEC_PORTSTRLEN], address[NETSPEC_ADDRSTRLEN];
  char until[80] = "", stamp[REPORT_TIMELEN];
  time_t end = (time_t) item->reply->until;

  if (end && *report_time (end, item->received, stamp))
    gpgrt_snprintf (until, sizeof until, " until %s (%" PRIi64 " s)", stamp,
                    (int64_t) (end > item->received ? end - item->received
                               : 0));
  return gpgrt_bsprintf ("%s: opened %s for %s%s", item->name,
                         netspec_ports_print (&ask->ports, ports),
                         netspec_addr_print (granted_address (ask, item),
                                             address), until);
}


/* The name as the server says it, or the one in the profile.  */
static char *
line_whoami (const struct report_item *item)
{
  char address[NETSPEC_ADDRSTRLEN], name[NETSPEC_NAMELEN + 1] = "";
  const char *user = item->host ? item->host->user : "";

  if (item->reply->output)
    whoami_text_name (item->reply->output, item->reply->output_len, name);
  if (*name)
    user = name;
  return gpgrt_bsprintf ("%s: you are%s%s at %s, port %u", item->name,
                         *user ? " " : "", user,
                         netspec_addr_print (&item->reply->address, address),
                         (unsigned int) item->reply->port);
}


/* How many grants a close ended, as the server's reason has it: "2 closed".
   0: it does not say.  */
static unsigned long long
count_closed (const struct compose_ask *ask, const struct report_item *item)
{
  const char *reason = item->reply->reason ? item->reply->reason : "";
  size_t len = strspn (reason, "0123456789");
  unsigned long long n;

  return ask->action == REQUEST_CLOSE && !strcmp (reason + len, " closed")
    && !lines_take_number (reason, len, UINT32_MAX, &n) ? n : 0;
}


static char *
line_closed (const struct compose_ask *ask, const struct report_item *item)
{
  unsigned long long n = count_closed (ask, item);

  return n ? gpgrt_bsprintf ("%s: closed %llu grant%s", item->name, n,
                             n > 1 ? "s" : "")
    : gpgrt_bsprintf ("%s: closed", item->name);
}


static char *
line_done (const struct compose_ask *ask, const struct report_item *item)
{
  switch (ask->action)
    {
    case REQUEST_OPEN:
      return line_opened (ask, item);
    case REQUEST_WHOAMI:
      return line_whoami (item);
    case REQUEST_CLOSE:
      return line_closed (ask, item);
    default:
      return gpgrt_bsprintf ("%s: done", item->name);
    }
}


static char *
line_unknown (const struct compose_ask *ask, const struct report_item *item,
              unsigned int timeout)
{
  if (!item->sent && gpg_err_code (item->error) == GPG_ERR_EPERM)
    return gpgrt_bsprintf ("%s: not sent: a firewall on this machine forbids"
                           " it; see 'nft list ruleset' or 'iptables -S"
                           " OUTPUT', and let udp/%u out", item->name,
                           item->host ? (unsigned int) item->host->port
                           : PROFILE_PORT);
  if (!item->sent && item->error)
    return gpgrt_bsprintf ("%s: not sent: %s; is the network up?",
                           item->name, gpg_strerror (item->error));
  return gpgrt_bsprintf
    ("%s: unknown: no reply within %u s; %s", item->name, timeout,
     ask->action == REQUEST_OPEN ? "the door may or may not be open"
     : ask->action == REQUEST_CLOSE ? "your grants may or may not be closed"
     : "it may or may not have been done");
}


/* What is refused for want of a right.  */
static bool
is_without_right (const char *reason)
{
  return !strncmp (reason, NO_RULE, strlen (NO_RULE))
    || !strcmp (reason, REPLY_NO_COMMAND);
}


/* What to do about a refusal, if its reason is known here; NULL: it is not.
   To be freed with gpgrt_free.  */
static char *
advice_on (const struct compose_ask *ask, const struct report_item *item)
{
  const char *reason = item->reply->reason, *text = NULL;
  const struct profile_host *host = ask->action == REQUEST_OPEN
    ? item->host : NULL;

  if (is_without_right (reason))
    return gpgrt_bsprintf ("; 'postern whoami %s' shows what you may do",
                           item->name);
  /* An invite says this of the rule for its own ports only.  */
  if (!strcmp (reason, REPLY_CREDENTIAL_ASKED))
    text = host && *host->credential ? "; leave out --no-password"
      : !host || !netspec_ports_cover (&host->ports, &ask->ports)
      ? "; use --ask-password or --password-fd"
      : "; use --ask-password or --password-fd; after a fresh invite you are"
        " asked without";
  else if (!strcmp (reason, REPLY_CREDENTIAL_REFUSED))
    text = "; nothing was done; ask again with the right one, and with"
           " --user NAME if your name there is another";
  else if (!strcmp (reason, REPLY_CREDENTIAL_SURPLUS))
    text = "; use --no-password";
  return text ? gpgrt_bsprintf ("%s", text) : NULL;
}


char *
report_line (const struct compose_ask *ask, const struct report_item *item,
             unsigned int timeout)
{
  bool done = item->reply && item->reply->result == REPLY_DONE;
  char *line, *longer = NULL, *reason, *advice = NULL;

  if (!item->reply)
    return line_unknown (ask, item, timeout);
  line = done ? line_done (ask, item)
    : gpgrt_bsprintf ("%s: %s", item->name,
                      reply_result_name (item->reply->result));
  if (!item->reply->reason || (done && count_closed (ask, item)))
    return line;
  reason = clean_line (item->reply->reason);
  if (item->reply->result == REPLY_REFUSED)
    advice = advice_on (ask, item);
  if (line && reason)
    longer = gpgrt_bsprintf ("%s%s%s%s", line, done ? "; " : ": ", reason,
                             advice ? advice : "");
  gpgrt_free (line);
  gpgrt_free (advice);
  free (reason);
  return longer;
}


int
report_failure (const char *verb, const struct compose_ask *ask,
                const struct report_item *item, unsigned int timeout)
{
  char *line = report_line (ask, item, timeout);

  log_error ("%s: %s", verb, line ? line : "out of memory");
  gpgrt_free (line);
  if (!item->reply && item->sent)
    noreply_tell (item->host, item->error);
  return report_status (item);
}


int
report_status (const struct report_item *item)
{
  if (!item->reply)
    return EX_UNAVAILABLE;
  switch (item->reply->result)
    {
    case REPLY_DONE:
      return EX_OK;
    case REPLY_REFUSED:
      return EX_NOPERM;
    default:
      return EX_TEMPFAIL;       /* Pending, or still running.  */
    }
}


/* Worse is greater.  */
static int
rank_status (int status)
{
  switch (status)
    {
    case EX_OK: return 0;
    case EX_TEMPFAIL: return 1;
    case EX_NOPERM: return 3;
    default: return 2;
    }
}


/* Bytes that a JSON string cannot hold are printed in base64.  */
static void
json_output (json_t *obj, reply_t reply)
{
  json_t *text = json_stringn (reply->output, reply->output_len);
  char *base64;

  if (text)
    json_object_set_new (obj, "output", text);
  else if (!encode_base64 (reply->output, reply->output_len, &base64))
    {
      json_object_set_new (obj, "output-base64", json_string (base64));
      free (base64);
    }
}


/* NULL for 0, so that json_pack leaves the member out.  */
static json_t *
json_some (uint64_t number)
{
  return number ? json_integer ((json_int_t) number) : NULL;
}


/* What a REPLY says.  Texts go through json_string: the server's may be no
   UTF-8, and then only that member is left out.  */
static json_t *
json_reply (const struct compose_ask *ask, const struct report_item *item)
{
  reply_t reply = item->reply;
  char seen[NETSPEC_ADDRSTRLEN], granted[NETSPEC_ADDRSTRLEN];
  bool opened = ask->action == REQUEST_OPEN && reply->result == REPLY_DONE;
  bool ended = reply->has_exit || reply->signal;

  return json_pack
    ("{s:o*, s:s, s:i, s:s*, s:o*, s:o*, s:o*, s:o*, s:o*, s:o*}",
     "reason", json_string (reply->reason),
     "seen-address", netspec_addr_print (&reply->address, seen),
     "seen-port", (int) reply->port, "address", opened
     ? netspec_addr_print (granted_address (ask, item), granted) : NULL,
     "until", json_some (reply->until), "argv", json_string (reply->argv),
     "exit", reply->has_exit ? json_integer (reply->exit_code) : NULL,
     "signal", json_some (reply->signal),
     "msecs", ended ? json_integer ((json_int_t) reply->msecs) : NULL,
     "total", json_some (reply->total));
}


static json_t *
json_item (const struct compose_ask *ask, const struct report_item *item,
           const char *id)
{
  reply_t reply = item->reply;
  json_t *obj = json_pack
    ("{s:s, s:s, s:s, s:s, s:i, s:o*}", "host", item->name,
     "action", request_action_name (ask->action),
     "result", reply ? reply_result_name (reply->result) : "unknown",
     "request", id, "sent", (int) item->sent,
     "ports", ask->ports.n ? tojson_ports (&ask->ports) : NULL);

  if (reply)
    json_object_update_new (obj, json_reply (ask, item));
  if (reply && reply->output && ask->action == REQUEST_WHOAMI)
    whoami_json (obj, reply->output, reply->output_len);
  if (reply && reply->output)
    json_output (obj, reply);
  return obj;
}


/* Colour, by the exit code; only for a person who wants it.  */
static const char *
colour_of_status (FILE *fp, int status)
{
  const char *no = getenv ("NO_COLOR"), *term = getenv ("TERM");

  if ((no && *no) || !term || !strcmp (term, "dumb")
      || !isatty (fileno (fp)))
    return NULL;
  return status == EX_OK ? "\033[32m" : status == EX_NOPERM ? "\033[31m"
         : "\033[33m";
}


/* Text that a command or the server wrote; line feeds stay.  */
static void
print_output (FILE *fp, const struct compose_ask *ask, reply_t reply)
{
  if (ask->action == REQUEST_WHOAMI)
    {
      whoami_text_print (fp, reply->output, reply->output_len);
      return;
    }
  encode_mask (reply->output, reply->output_len, "\n");
  fwrite (reply->output, 1, reply->output_len, fp);
  if (reply->output_len && reply->output[reply->output_len - 1] != '\n')
    putc ('\n', fp);
}


static const char *
family_name (const struct net_addr *addr)
{
  return addr->family == AF_INET ? "IPv4" : "IPv6";
}


char *
report_elsewhere (const struct compose_ask *ask,
                  const struct report_item *item)
{
  char granted[NETSPEC_ADDRSTRLEN], seen[NETSPEC_ADDRSTRLEN];
  char ports[NETSPEC_PORTSTRLEN];
  reply_t reply = item->reply;

  if (ask->action != REQUEST_OPEN || !reply || reply->result != REPLY_DONE
      || ask->has_source || !ask->source.family || !reply->address.family
      || netspec_addr_equal (&ask->source, &reply->address))
    return NULL;
  netspec_addr_print (&ask->source, granted);
  netspec_addr_print (&reply->address, seen);
  netspec_ports_print (&ask->ports, ports);
  if (ask->source.family != reply->address.family)
    return gpgrt_bsprintf
      ("%s: the door is open for %s, but your packet came from %s: it is shut"
       " to connections over %s; to open it for those: 'postern open %s %s"
       " -%c'", item->name, granted, seen, family_name (&reply->address),
       item->name, ports, reply->address.family == AF_INET ? '4' : '6');
  return gpgrt_bsprintf
    ("%s: the door is open for %s, but the server sees you at %s (a NAT or a"
     " VPN is on the way); to open it for that: 'postern open %s %s --source"
     " observed'; to have it so always: source = 'observed' in hosts.conf",
     item->name, granted, seen, item->name, ports);
}


/* Say so if the door opened elsewhere; if not, STATUS is the exit code.  */
static int
tell_elsewhere (const struct compose_ask *ask,
                const struct report_item *item, int status)
{
  char *text = report_elsewhere (ask, item);

  if (!text)
    return status;
  log_warn ("%s", text);
  gpgrt_free (text);
  return EX_UNAVAILABLE;
}


static void
print_item_text (FILE *fp, const struct compose_ask *ask,
                 const struct report_item *item, unsigned int timeout)
{
  const char *begin = colour_of_status (fp, report_status (item));
  char *line = report_line (ask, item, timeout);

  if (!line)
    return;
  fprintf (fp, "%s%s%s\n", begin ? begin : "", line, begin ? "\033[0m" : "");
  if (item->reply && item->reply->output)
    print_output (fp, ask, item->reply);
  gpgrt_free (line);
}


void
report_begin (struct report *report, FILE *fp, bool json)
{
  memset (report, 0, sizeof *report);
  report->fp = fp;
  report->status = EX_OK;
  if (json)
    report->list = json_array ();
}


static void
note_status (struct report *report, int status)
{
  if (rank_status (status) > rank_status (report->status))
    report->status = status;
}


void
report_lost (struct report *report, const struct compose_ask *ask,
             const struct profile_host *host, const char *message,
             int status)
{
  char *why = clean_line (message ? message : "out of memory");

  if (report->list)
    json_array_append_new
      (report->list,
       json_pack ("{s:s, s:s, s:s, s:i, s:s}", "host", host->name, "action",
                  request_action_name (ask->action), "result", "unknown",
                  "sent", 0, "reason", why ? why : ""));
  else
    fprintf (report->fp, "%s: not sent: %s\n", host->name, why ? why : "");
  free (why);
  note_status (report, status);
}


/* Say why there may be no reply, of the first silent host only.  */
static void
tell_why (struct report *report, const struct compose_ask *ask,
          const struct report_item *item)
{
  size_t i;

  for (i = 0; i < ask->n_hosts && !report->list && !report->told; i++)
    if (!item[i].reply && item[i].sent)
      {
        noreply_tell (item[i].host, item[i].error);
        report->told = true;
      }
}


void
report_add (struct report *report, const struct compose_ask *ask,
            const struct report_item *item, const char *id,
            unsigned int timeout)
{
  size_t i;

  for (i = 0; i < ask->n_hosts; i++)
    {
      if (report->list)
        json_array_append_new (report->list, json_item (ask, item + i, id));
      else
        print_item_text (report->fp, ask, item + i, timeout);
      if (!report->list)
        fflush (report->fp);    /* Before the messages on stderr.  */
      note_status (report, tell_elsewhere (ask, item + i,
                                           report_status (item + i)));
    }
  /* The next request may wait for the person, or for replies.  */
  if (!report->list)
    fflush (report->fp);
  tell_why (report, ask, item);
}


int
report_end (struct report *report)
{
  if (report->list)
    tojson_print (report->list, report->fp);
  /* log_close_stdout reports errors of stdout, for all verbs.  */
  if (report->fp != stdout && (fflush (report->fp) || ferror (report->fp)))
    return EX_IOERR;
  return report->status;
}


char *
report_fingerprint (const char *fpr, char *text)
{
  char *end = text;
  size_t i;

  for (i = 0; fpr[i] && i < NETSPEC_FPRLEN; i++)
    {
      if (i && !(i % 4))
        *end++ = ' ';
      *end++ = fpr[i];
    }
  *end = 0;
  return text;
}
