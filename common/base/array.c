/* array.c - Arrays that grow.
 * SPDX-License-Identifier: LGPL-2.1-or-later  */

#include "array.h"

#include <stdlib.h>
#include <string.h>


gpg_error_t
array_grow (void *r_array, size_t n, size_t size)
{
  void *array, *bigger;

  memcpy (&array, r_array, sizeof array);
  if (!(n & (n - 1)))           /* Full: the size is 0 or a power of two.  */
    {
      bigger = reallocarray (array, n ? 2 * n : 1, size);
      if (!bigger)
        return gpg_error_from_syserror ();
      array = bigger;
      memcpy (r_array, &array, sizeof array);
    }
  memset ((char *) array + n * size, 0, size);
  return 0;
}
