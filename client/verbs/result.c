/* result.c - postern result: what came of a command that was run.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A reply is no larger than a request, so that long output comes in pieces;
 * each takes a request of its own, with its own signature.  */

#include "verbs.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include "../../common/base/encode.h"
#include "../../common/base/log.h"
#include "../ask/exchange.h"
#include "../ask/noreply.h"
#include "../ask/pace.h"
#include "../ask/pieces.h"
#include "../ask/report-command.h"
#include "../ask/requests.h"
#include "../ask/select.h"

#define FROM_LEN 16

struct result
{
  const struct options *options;
  profile_t profile;
  struct compose_ask ask;
  struct pace pace;
  unsigned char hash[REQUEST_HASHLEN];
  char id[2 * REQUEST_HASHLEN + 1];
  char from[FROM_LEN];
};


/* Ask for the output from byte FROM on.  Returns -1 to go on.  */
static int
fetch_piece (struct result *result, size_t from, struct exchange *x)
{
  struct compose_ask *ask = &result->ask;

  ask->n_args = from > 0;
  if (from)
    {
      gpgrt_snprintf (result->from, sizeof result->from, "%zu", from);
      memcpy (ask->arg[0].name, "from", sizeof "from");
      ask->arg[0].value = result->from;
    }
  pace_wait (&result->pace);
  exchange_begin (x, result->options, result->profile, ask);
  return exchange_once (x);
}


/* Add the output of MORE to that of REPLY.  */
static gpg_error_t
append_output (reply_t reply, reply_t more)
{
  char *output;

  if (!more->output_len)
    return 0;
  output = realloc (reply->output, reply->output_len + more->output_len);
  if (!output)
    return gpg_error_from_syserror ();
  memcpy (output + reply->output_len, more->output, more->output_len);
  reply->output = output;
  reply->output_len += more->output_len;
  return 0;
}


static void
announce_pieces (const struct result *result, reply_t reply, size_t from)
{
  uint64_t left = reply->total - from - reply->output_len;
  uint64_t n = left / reply->output_len + 1;

  log_info ("%s: fetching %" PRIu64 " more bytes: %s %" PRIu64 " signatures",
            result->ask.host[0]->name, left,
            n < PIECES_OF_OUTPUT ? "about" : "at most",
            n < PIECES_OF_OUTPUT ? n : PIECES_OF_OUTPUT - 1);
}


/* Why no more pieces are asked for.  */
static void
explain_stop (const char *name, enum pieces_next next)
{
  if (next == PIECES_SMALL)
    log_error ("%s: the server answers in too small pieces, and each takes a"
               " signature: stopped; tell its administrator", name);
  else if (next == PIECES_MANY)
    log_warn ("%s: stopped after %d pieces, each of which takes a signature",
              name, PIECES_OF_OUTPUT);
}


/* The pieces behind the first one, until one does not come.  */
static enum pieces_next
fetch_rest (struct result *result, reply_t reply, size_t from)
{
  struct exchange x;
  enum pieces_next next;
  size_t len = reply->output_len;
  unsigned int n = 1;

  next = pieces_next (n, PIECES_OF_OUTPUT, len, from + len, reply->total);
  if (next == PIECES_MORE)
    announce_pieces (result, reply, from);
  while (next == PIECES_MORE)
    {
      next = PIECES_DONE;
      if (fetch_piece (result, from + reply->output_len,
                       &x) < 0 && x.item->reply
          && !append_output (reply, x.item->reply))
        next = pieces_next (++n, PIECES_OF_OUTPUT, x.item->reply->output_len,
                            from + reply->output_len, reply->total);
      exchange_end (&x);
    }
  return next;
}


static int
fetch_and_tell (struct result *result)
{
  size_t from = result->options->from;
  enum pieces_next next = PIECES_DONE;
  struct exchange x;
  reply_t reply;
  int rc;

  rc = fetch_piece (result, from, &x);
  reply = x.item->reply;
  if (rc < 0 && result->options->all && reply
      && reply->result == REPLY_DONE)
    next = fetch_rest (result, reply, from);
  if (rc < 0 && !reply && !result->options->json)
    {
      log_error ("%s: no reply within %u s; ask again", x.item->name,
                 x.timeout);
      noreply_tell (x.item->host, x.item->error);
      rc = EX_UNAVAILABLE;
    }
  else if (rc < 0)
    rc = report_command (&x, result->id, from);
  explain_stop (result->ask.host[0]->name, next);
  if (next == PIECES_SMALL)
    rc = EX_PROTOCOL;
  exchange_end (&x);
  return rc;
}


static int
find_request_of_result (struct result *result)
{
  const struct options *options = result->options;
  char *message;
  gpg_error_t err;

  result->ask.host[0] = select_one (result->profile, "result",
                                    options->arg[0]);
  if (!result->ask.host[0])
    return EX_NOHOST;
  result->ask.n_hosts = 1;
  result->ask.action = REQUEST_RESULT;
  result->ask.user = options->user;
  result->ask.request = result->hash;
  err = requests_find (result->profile, result->ask.host[0]->name,
                       options->arg[1], result->hash, &message);
  if (err)
    {
      log_error ("result: %s", message ? message : gpg_strerror (err));
      gpgrt_free (message);
      return EX_USAGE;
    }
  encode_hex (result->hash, REQUEST_HASHLEN, result->id);
  return -1;
}


int
result_verb (const struct options *options)
{
  struct result result;
  int rc;

  if (options->n_args != 2)
    return kit_usage ("result", "it takes HOST and ID");
  memset (&result, 0, sizeof result);
  result.options = options;
  rc = profile_open_for ("result", options->config, false, &result.profile);
  if (rc >= 0)
    return rc;
  rc = find_request_of_result (&result);
  if (rc < 0)
    rc = fetch_and_tell (&result);
  profile_close (result.profile);
  return rc;
}
