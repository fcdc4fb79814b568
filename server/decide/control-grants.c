/* control-grants.c - STATUS, GRANTS and CLOSE: what act has open.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "control.h"

#include <stdio.h>
#include <string.h>

#include "../../common/base/encode.h"
#include "../../common/base/tojson.h"
#include "control-words.h"


static json_t *
describe_grant (const struct packet_listed *listed, uint64_t now)
{
  const struct packet_grant *grant = &listed->grant;
  char hex[2 * REQUEST_HASHLEN + 1], addr[NETSPEC_ADDRSTRLEN];

  encode_hex (grant->request, REQUEST_HASHLEN, hex);
  return json_pack ("{ss# ss ss ss ss so so sb sI sI sI}",
                    "id", hex, REQUEST_SHORTLEN, "request", hex,
                    "user", grant->user,
                    "rule", grant->rule,
                    "address", netspec_addr_print (&grant->addr, addr),
                    "ports", tojson_ports (&grant->ports),
                    "bind", tojson_number (grant->bind),
                    "once", (int)grant->once,
                    "since", (json_int_t)listed->since,
                    "until", (json_int_t)listed->until,
                    "left", (json_int_t)(listed->until > now
                                         ? listed->until - now : 0));
}


/* The end of a list: of STATUS that is the count.  */
static void
end_list (struct client *client, bool answered)
{
  gpg_error_t err = 0;

  if (client->counting)
    err = control_send (client, control_status (client, answered));
  else if (!answered)
    err = gpg_error (GPG_ERR_TIMEOUT);
  control_answer (client, err, answered ? NULL : "act does not answer");
}


static void
take_listed (void *hook, const struct calls_answer *answer)
{
  struct client *client = hook;
  const struct packet_listed *listed = &answer->u.listed;

  if (answer->type != PACKET_LISTED)
    end_list (client, false);
  else if (!listed->number)
    {
      client->owed = listed->owed;
      client->owed_since = listed->since;
      client->later = false;    /* The next page is due when there is room. */
      if (!client->more)
        end_list (client, true);
    }
  else
    {
      client->grants++;
      client->after = listed->number;
      client->more = true;
      if (!client->counting)
        control_send (client, describe_grant (listed, clock_seconds
                                              (&client->decide->now)));
    }
}


/* Ask for the grants after the last one that came.  A page without any is
   the end.  */
static gpg_error_t
ask_grant_page (struct client *client, bool *r_done, const char **r_why)
{
  struct packet_list list = { client->after };

  *r_done = false;
  client->more = false;
  return control_ask (client, client->decide->fd_out, PACKET_LIST, &list,
                      take_listed, r_why);
}


static gpg_error_t
list_grants (struct client *client, char *args, const char **r_why,
             bool counting)
{
  if (next_word (&args))
    return bad_argument (r_why);
  client->counting = counting;
  client->grants = 0;
  client->after = 0;
  client->slice = ask_grant_page;
  return 0;
}


gpg_error_t
control_list_status (struct client *client, char *args, const char **r_why)
{
  return list_grants (client, args, r_why, true);
}


gpg_error_t
control_list_grants (struct client *client, char *args, const char **r_why)
{
  return list_grants (client, args, r_why, false);
}


/* Closing by hand is also a decision, and so it gets a row.  */
static void
note_close (struct client *client, unsigned int n)
{
  struct audit_row row = { .time = clock_seconds (&client->decide->now),
                           .result = "closed", .stage = "control",
                           .action = "close" };

  snprintf (row.detail, sizeof row.detail, "%s: %u closed", client->closes,
            n);
  audit_put (client->decide->audit, &row);
}


static void
take_closed (void *hook, const struct calls_answer *answer)
{
  struct client *client = hook;
  const struct packet_closed *closed = &answer->u.closed;
  gpg_error_t err;

  if (answer->type != PACKET_CLOSED)
    control_answer (client, gpg_error (GPG_ERR_TIMEOUT),
                    "act does not answer");
  else if (closed->refusal)
    control_answer (client,
                    gpg_error (closed->refusal == REFUSAL_AMBIGUOUS
                               ? GPG_ERR_AMBIGUOUS_NAME : GPG_ERR_NOT_FOUND),
                    refusal_text (closed->refusal));
  else
    {
      note_close (client, closed->n);
      err = control_send (client, json_pack ("{sI}", "closed",
                                             (json_int_t)closed->n));
      control_answer (client, err, NULL);
    }
}


static bool
is_request_id (const char *word)
{
  size_t len = strlen (word);

  return len <= 2 * REQUEST_HASHLEN
    && len == strspn (word, "0123456789abcdef");
}


/* One of a person, an id, or all.  */
static gpg_error_t
parse_close (char *args, struct packet_close *close)
{
  const char *user;
  char *word;

  memset (close, 0, sizeof *close);
  while ((word = next_word (&args)))
    if ((user = option_value (word, "--user"))
        && netspec_name_valid (user, strlen (user)) && !*close->user)
      snprintf (close->user, sizeof close->user, "%s", user);
    else if (!strcmp (word, "--all") && !close->all)
      close->all = true;
    else if (is_request_id (word) && !*close->prefix)
      snprintf (close->prefix, sizeof close->prefix, "%s", word);
    else
      return gpg_error (GPG_ERR_ASS_PARAMETER);
  if (*close->user && !*close->prefix)
    close->all = true;
  return close->all || *close->prefix ? 0 : gpg_error (GPG_ERR_ASS_PARAMETER);
}


gpg_error_t
control_close (struct client *client, char *args, const char **r_why)
{
  struct packet_close close;

  snprintf (client->closes, sizeof client->closes, "%s", args);
  if (parse_close (args, &close))
    return bad_argument (r_why);
  return control_ask (client, client->decide->fd_out, PACKET_CLOSE, &close,
                      take_closed, r_why);
}
