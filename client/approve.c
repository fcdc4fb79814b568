/* approve.c - postern approve and deny: one's word on what others asked.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The signed text is fetched, hashed here, and shown; what is signed then
 * is that whole hash.  So a server cannot have one thing approved and do
 * another in its place that the asker did not sign.  */

#include "verbs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include "../common/encode.h"
#include "../common/log.h"
#include "confirm.h"
#include "password.h"
#include "select.h"
#include "waiting.h"

#define COLUMNS 79              /* Of a terminal.  */

struct verdict
{
  const char *verb;
  const struct options *options;
  profile_t profile;
  const struct profile_host *host;
  const char *id;
  unsigned char hash[REQUEST_HASHLEN];
};


/* The rest of a line whose first INDENT columns are taken.  Where it is
   long, we break it and not the terminal: the words of who asks must not
   look like a line of ours.  Bytes are no fewer than columns.  */
static void
print_rest (const char *text, int indent)
{
  size_t len = strlen (text), room = COLUMNS - (size_t) indent, n;

  for (; len > room; text += n, len -= n)
    {
      for (n = room; ((unsigned char) text[n] & 0xc0) == 0x80; n--)
        ;
      fprintf (stderr, "%.*s\n%*s", (int) n, text, indent, "");
    }
  fprintf (stderr, "%s\n", text);
}


static void
show_arguments (request_t req)
{
  const char *value;
  unsigned int i;

  for (i = 0; i < req->n_args; i++)
    {
      value = req->arg[i].value;
      fprintf (stderr, "  %-12.32s ", req->arg[i].name);
      print_rest (encode_is_line (value, strlen (value)) ? value
                  : "(odd characters: not shown)",
                  strlen (req->arg[i].name) > 12 ? 35 : 15);
    }
}


/* What the asker signed, in its own words.  */
static void
show_request (request_t req)
{
  char text[NETSPEC_PORTSTRLEN], stamp[32] = "?";
  time_t when = (time_t) req->time;
  struct tm tm;

  if (localtime_r (&when, &tm))
    strftime (stamp, sizeof stamp, "%Y-%m-%d %H:%M:%S", &tm);
  fprintf (stderr, "  signed       %s\n", stamp);
  if (req->action == REQUEST_RUN)
    fprintf (stderr, "  command      %s\n", req->command);
  else
    fprintf (stderr, "  ports        %s\n",
             netspec_ports_print (&req->ports, text));
  show_arguments (req);
  if (req->source.family != AF_UNSPEC)
    fprintf (stderr, "  source       %s\n",
             netspec_addr_print (&req->source, text));
  if (req->reason)
    {
      fputs ("  reason       ", stderr);
      print_rest (req->reason, 15);
    }
}


static void
show (const struct verdict *v, json_t *object, request_t req)
{
  char hex[2 * REQUEST_HASHLEN + 1], *line = waiting_line (object);

  encode_hex (v->hash, REQUEST_HASHLEN, hex);
  fprintf (stderr, "%s: %.32s asks for this:\n\n    ", v->host->name,
           waiting_word (object, "user"));
  print_rest (line ? line : "?", 4);
  fputc ('\n', stderr);
  show_request (req);
  fprintf (stderr, "  id           %s\n\n", hex);
  gpgrt_free (line);
}


static int
refuse (const struct verdict *v, const char *why)
{
  log_error ("%s: %s: %s; nothing was signed", v->verb, v->host->name, why);
  return EX_PROTOCOL;
}


/* The text must have the hash that was named, be for this host, and ask for
   something that can wait.  */
static int
check_text (struct verdict *v, json_t *object, request_t *r_req)
{
  const char *text = waiting_text (object, "text");
  char hex[2 * REQUEST_HASHLEN + 1];

  *r_req = NULL;
  request_hash (text, strlen (text), v->hash);
  encode_hex (v->hash, REQUEST_HASHLEN, hex);
  if (strncmp (hex, v->id, strlen (v->id)))
    return refuse (v, "the server showed another request than that of this"
                   " id");
  if (request_parse (text, strlen (text), r_req, NULL))
    return refuse (v, "what the server showed is no request");
  if (!request_is_for (*r_req, v->host->host, v->host->server))
    return refuse (v, "the request is not for this host");
  if ((*r_req)->action != REQUEST_OPEN && (*r_req)->action != REQUEST_RUN)
    return refuse (v, "the request is none that waits for approval");
  return -1;
}


/* Who gave the whole id has named exactly this.  */
static int
confirm (const struct verdict *v)
{
  if (!strcmp (v->verb, "deny") || strlen (v->id) == 2 * REQUEST_HASHLEN)
    return -1;
  return confirm_ask (v->verb, "Approve this?", "not approved; nothing was"
                      " signed", "give the whole id, of 64 digits");
}


static int
sign (struct verdict *v)
{
  struct compose_ask ask;
  struct exchange x;
  struct report report;
  int rc, told;

  memset (&ask, 0, sizeof ask);
  ask.host[0] = v->host;
  ask.n_hosts = 1;
  ask.action = strcmp (v->verb, "deny") ? REQUEST_APPROVE : REQUEST_DENY;
  ask.user = v->options->user;
  ask.reason = v->options->reason;
  ask.request = v->hash;
  ask.password = password_wanted (v->options, &ask);
  report_begin (&report, stdout, v->options->json);
  exchange_begin (&x, v->options, v->profile, &ask);
  rc = exchange_all (&x, &report);
  exchange_end (&x);
  told = report_end (&report);
  return rc < 0 ? told : rc;
}


static int
judge (struct verdict *v)
{
  request_t req = NULL;
  json_t *list, *object;
  int rc;

  rc = waiting_fetch (v->verb, v->options, v->profile, v->host, v->id, &list);
  if (rc >= 0)
    return rc;
  object = json_array_get (list, 0);
  rc = object ? check_text (v, object, &req)
    : refuse (v, "the server showed nothing");
  if (rc < 0)
    {
      show (v, object, req);
      rc = confirm (v);
    }
  request_release (req);
  json_decref (list);
  return rc < 0 ? sign (v) : rc;
}


static int
begin (const char *verb, const struct options *options)
{
  struct verdict v = { .verb = verb, .options = options };
  size_t len;
  int rc;

  if (options->n_args != 2)
    return verb_usage (verb, "it takes HOST and ID");
  v.id = options->arg[1];
  len = strlen (v.id);
  if (len < REQUEST_SHORTLEN || len > 2 * REQUEST_HASHLEN
      || strspn (v.id, "0123456789abcdef") != len)
    return verb_usage (verb, "'%.80s' is no id: 8 to 64 of 0-9 and a-f, as"
                       " 'postern pending' shows them", v.id);
  rc = verb_profile (verb, options, false, &v.profile);
  if (rc >= 0)
    return rc;
  v.host = select_one (v.profile, verb, options->arg[0]);
  rc = v.host ? judge (&v) : EX_NOHOST;
  profile_close (v.profile);
  return rc;
}


int
approve_verb (const struct options *options)
{
  return begin ("approve", options);
}


int
deny_verb (const struct options *options)
{
  return begin ("deny", options);
}
