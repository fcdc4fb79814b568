/* meant.c - Guess what a person meant who wrote something else.
 * SPDX-License-Identifier: LGPL-2.1-or-later  */

#include "meant.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <netdb.h>
#include <string.h>
#include "log.h"
#include "netspec.h"

#define WORDLEN 64
#define MAX_NAME 31             /* Longer names are not compared.  */


static bool
is_proto_name (const char *word)
{
  return !strcmp (word, "tcp") || !strcmp (word, "udp");
}


/* Read one item, in lower case, as PROTO/PORT or PORT/PROTO.  */
static bool
guess_range (char *item, struct port_range *r_range)
{
  char *slash = strchr (item, '/'), text[WORDLEN + 16];
  const char *proto = item, *port;
  struct servent *service;

  if (!slash)
    return false;
  *slash = 0;
  port = slash + 1;
  if (is_proto_name (port))
    {
      proto = port;
      port = item;
    }
  if (!is_proto_name (proto))
    return false;
  service = isdigit ((unsigned char) *port) ? NULL
    : getservbyname (port, proto);
  if (service)
    gpgrt_snprintf (text, sizeof text, "%s/%u", proto,
                    (unsigned int) ntohs ((uint16_t) service->s_port));
  else
    gpgrt_snprintf (text, sizeof text, "%s/%s", proto, port);
  return !netspec_range_parse (text, strlen (text), r_range);
}


const char *
meant_ports (const char *text, char *r_text)
{
  struct port_set set;
  struct port_range range;
  const char *comma;
  char item[WORDLEN];
  size_t i, len;

  memset (&set, 0, sizeof set);
  for (;; text = comma + 1)
    {
      comma = strchrnul (text, ',');
      len = (size_t) (comma - text);
      if (len >= sizeof item)
        return NULL;
      for (i = 0; i < len; i++)
        item[i] = (char) tolower ((unsigned char) text[i]);
      item[len] = 0;
      if (!guess_range (item, &range) || netspec_ports_add (&set, &range))
        return NULL;
      if (!*comma)
        return netspec_ports_print (&set, r_text);
    }
}


const char *
meant_time (const char *text, char *r_text)
{
  size_t digits = strspn (text, "0123456789");
  const char *unit = text + digits;
  unsigned int seconds;

  unit += strspn (unit, " ");
  if (!digits || digits > 9)
    return NULL;
  gpgrt_snprintf (r_text, MEANT_TIMELEN, "%.*s%c", (int) digits, text,
                  *unit ? tolower ((unsigned char) *unit) : 's');
  return netspec_duration_parse (r_text, &seconds) || !seconds ? NULL
    : r_text;
}


/* The distance of two names in insertions, deletions, changes and swaps of
   neighbours (Damerau-Levenshtein).  Both are at most MAX_NAME long.  */
static unsigned int
edit_distance (const char *a, const char *b)
{
  unsigned int rows[3][MAX_NAME + 1];
  unsigned int *before = rows[0], *last = rows[1], *row = rows[2], *spare;
  unsigned int i, j, best;
  unsigned int lena = (unsigned int) strlen (a);
  unsigned int lenb = (unsigned int) strlen (b);

  memset (rows, 0, sizeof rows);
  for (j = 0; j <= lenb; j++)
    last[j] = j;
  for (i = 1; i <= lena; i++)
    {
      row[0] = i;
      for (j = 1; j <= lenb; j++)
        {
          best = last[j - 1] + (a[i - 1] != b[j - 1]);
          if (last[j] + 1 < best)
            best = last[j] + 1;
          if (row[j - 1] + 1 < best)
            best = row[j - 1] + 1;
          if (i > 1 && j > 1 && a[i - 1] == b[j - 2]
              && a[i - 2] == b[j - 1] && before[j - 2] + 1 < best)
            best = before[j - 2] + 1;
          row[j] = best;
        }
      spare = before;
      before = last;
      last = row;
      row = spare;
    }
  return last[lenb];
}


void
meant_name_start (struct meant_name *meant, const char *name)
{
  meant->name = name;
  meant->nearest = NULL;
  meant->least = (unsigned int) strlen (name) / 3 + 1;
}


void
meant_name_offer (struct meant_name *meant, const char *candidate)
{
  unsigned int d;

  if (strlen (meant->name) > MAX_NAME || strlen (candidate) > MAX_NAME)
    return;
  d = edit_distance (meant->name, candidate);
  if (d < meant->least)
    {
      meant->least = d;
      meant->nearest = candidate;
    }
}


void
meant_no_verb (const char *program, const struct meant_name *verb)
{
  if (verb->nearest)
    log_error ("no such verb: '%s'; did you mean '%s'? try '%s --help'",
               verb->name, verb->nearest, program);
  else
    log_error ("no such verb: '%s'; try '%s --help'", verb->name, program);
}
