/* fuzz-invite.c - Any bytes as the text of an invite.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "../../common/wire/invite.h"

#include <stdlib.h>
#include <string.h>
#include "../../common/base/secret.h"

int LLVMFuzzerInitialize (int *argc, char ***argv);
int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);


int
LLVMFuzzerInitialize (int *argc, char ***argv)
{
  (void)argc;
  (void)argv;
  if (secret_init (32768))
    abort ();
  return 0;
}


/* A text that is taken is the one that its invite is written as; one that
   is refused has a reason.  */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  invite_t invite;
  const char *why;
  char *text;
  size_t len;

  if (invite_parse (data, size, &invite, &why))
    {
      if (invite || !why)
        abort ();
      return 0;
    }
  if (why || invite_write (invite, &text, &len) || len != size
      || memcmp (text, data, len))
    abort ();
  free (text);
  invite_release (invite);
  return 0;
}
