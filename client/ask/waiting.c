/* waiting.c - Pending requests, fetched from a server.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "waiting.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include "../../common/base/encode.h"
#include "../../common/base/lines.h"
#include "../../common/base/log.h"
#include "../../common/base/wrap.h"
#include "pieces.h"

#define MAX_ANSWER 262144       /* Bytes of all pieces.  */

struct fetching
{
  const char *verb;
  struct pieces pieces;
  char *text;
  size_t len;
  unsigned int n;               /* Pieces.  */
};


const char *
waiting_text (json_t *object, const char *name)
{
  const char *text = json_string_value (json_object_get (object, name));

  return text ? text : "";
}


/* The server's words.  */
const char *
waiting_word (json_t *object, const char *name)
{
  const char *text = waiting_text (object, name);

  return encode_is_line (text, strlen (text)) ? text : "?";
}


/* Whether to go on after a piece of LEN bytes that left TOTAL.  */
static int
judge_piece (struct fetching *f, size_t len, uint64_t total, bool *r_more)
{
  enum pieces_next next = pieces_next (++f->n, PIECES_OF_LIST, len, f->len,
                                       total);

  *r_more = next == PIECES_MORE;
  if (next == PIECES_DONE || next == PIECES_MORE)
    return -1;
  log_error ("%s: %s: %s, and each needs a signature: stopped; tell its"
             " administrator", f->verb, f->pieces.ask.host[0]->name,
             next == PIECES_MANY ? "the server answers in too many pieces"
             : "the server answers in too small pieces");
  return EX_PROTOCOL;
}


/* Take the answer in X->item.  *R_MORE is whether there is more.  */
static int
take_piece (struct fetching *f, struct exchange *x, bool *r_more)
{
  const struct report_item *item = x->item;
  reply_t reply = item->reply;
  char *more;

  *r_more = false;
  if (!reply || reply->result != REPLY_DONE)
    return report_failure (f->verb, &f->pieces.ask, item, x->timeout);
  if (!reply->output_len)
    return judge_piece (f, 0, reply->total, r_more);
  more = f->len + reply->output_len > MAX_ANSWER ? NULL
    : realloc (f->text, f->len + reply->output_len);
  if (!more)
    return EX_PROTOCOL;
  f->text = more;
  memcpy (f->text + f->len, reply->output, reply->output_len);
  f->len += reply->output_len;
  return judge_piece (f, reply->output_len, reply->total, r_more);
}


/* Each line is an object.  */
static int
parse_waiting (const char *verb, const char *text, size_t len, json_t **r_list)
{
  const char *line = text, *end;
  json_t *object;

  *r_list = json_array ();
  for (; line < text + len; line = end + 1)
    {
      end = memchr (line, '\n', (size_t) (text + len - line));
      object = end ? json_loadb (line, (size_t) (end - line),
                                 JSON_REJECT_DUPLICATES, NULL) : NULL;
      if (!json_is_object (object)
          || json_array_append_new (*r_list, object))
        {
          log_error ("%s: the server's answer cannot be read; the pending"
                     " requests may have changed meanwhile: ask again", verb);
          json_decref (*r_list);
          *r_list = NULL;
          return EX_PROTOCOL;
        }
    }
  return -1;
}


int
waiting_fetch (const char *verb, const struct options *options,
               profile_t profile, const struct profile_host *host,
               const char *id, json_t **r_list)
{
  struct fetching f = { .verb = verb, .pieces.options = options,
                        .pieces.profile = profile, .pieces.id = id };
  struct exchange x;
  bool more = true;
  int rc = -1;

  *r_list = NULL;
  compose_ask_one (&f.pieces.ask, REQUEST_PENDING, host, options);
  while (rc < 0 && more)
    {
      rc = pieces_ask (&f.pieces, f.len, &x);
      more = false;
      if (rc < 0)
        rc = take_piece (&f, &x, &more);
      exchange_end (&x);
    }
  if (rc < 0)
    rc = parse_waiting (verb, f.text, f.len, r_list);
  free (f.text);
  return rc;
}


char *
waiting_line (json_t *object)
{
  const char *what = waiting_text (object, "what");
  json_int_t until = json_integer_value (json_object_get (object, "until"));
  char stamp[REPORT_TIMELEN] = "?";

  if (until > 0 && until <= (json_int_t) LINES_MAX_TIME)
    report_time ((time_t) until, time (NULL), stamp);
  /* The server's words: nothing that could move a cursor.  */
  if (!encode_is_line (what, strlen (what)))
    what = "(not shown: odd characters)";
  return gpgrt_bsprintf
    ("%s  (%d of %d approvals, until %s)", what,
     (int) json_integer_value (json_object_get (object, "approvals")),
     (int) json_integer_value (json_object_get (object, "needs")), stamp);
}


void
waiting_print (json_t *object, const char *host)
{
  char *line = waiting_line (object);
  int indent;

  if (!line)
    return;
  indent = printf ("%s%s%.8s  %-10.32s  ", host, *host ? ": " : "",
                   waiting_word (object, "request"),
                   waiting_word (object, "user"));
  wrap_print (stdout, line, indent > 0 ? (size_t) indent : 0);
  gpgrt_free (line);
}
