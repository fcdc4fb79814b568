/* tojson.h - Times and ports as JSON; see doc/JSON.md.
 * SPDX-License-Identifier: LGPL-2.1-or-later  */

#ifndef POSTERN_TOJSON_H
#define POSTERN_TOJSON_H

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <jansson.h>
#include "netspec.h"

/* A number or a time in Unix seconds; null for 0, which stands for none or
   never.  */
static inline json_t *
tojson_number (uint64_t when)
{
  return when ? json_integer ((json_int_t) when) : json_null ();
}


/* An array, as in ["tcp/22", "udp/60000-60010"].  */
static inline json_t *
tojson_ports (const struct port_set *set)
{
  char text[NETSPEC_PORTSTRLEN];
  const char *word = netspec_ports_print (set, text);
  json_t *array = json_array ();
  size_t len;

  while (array && *word)
    {
      len = strcspn (word, ",");
      json_array_append_new (array, json_stringn (word, len));
      word += len + (word[len] == ',');
    }
  return array;
}


/* Print VALUE on FP, for programs and people, and release it.  */
static inline void
tojson_print (json_t *value, FILE *fp)
{
  json_dumpf (value, fp, JSON_INDENT (2) | JSON_ENSURE_ASCII
              | JSON_PRESERVE_ORDER);
  fputc ('\n', fp);
  json_decref (value);
}

#endif /*POSTERN_TOJSON_H*/
