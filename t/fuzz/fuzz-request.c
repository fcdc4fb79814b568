/* fuzz-request.c - Any bytes as the text of a request.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "../../common/wire/request.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);


/* A text that is taken is the one that its request is written as; one that
   is refused has a reason.  */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  request_t req;
  const char *why;
  char *text;
  size_t len;

  if (request_parse (data, size, &req, &why))
    {
      if (req || !why)
        abort ();
      return 0;
    }
  if (why || request_write (req, &text, &len, &why) || len != size
      || memcmp (text, data, len))
    abort ();
  request_text_release (text, len);
  request_release (req);
  return 0;
}
