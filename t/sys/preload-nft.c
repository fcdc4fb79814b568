/* preload-nft.c - A kernel that takes no table with ports that are shut.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * For LD_PRELOAD: commands for libnftables that define the set of shut ports
 * fail; all others, such as those that take a table away, are passed on.  */

#include <dlfcn.h>
#include <string.h>

struct nft_ctx;

int
nft_run_cmd_from_buffer (struct nft_ctx *ctx, const char *text)
{
  int (*next) (struct nft_ctx *, const char *);

  if (strstr (text, "set tcp_shut"))
    return -1;
  *(void **)&next = dlsym (RTLD_NEXT, "nft_run_cmd_from_buffer");
  return next ? next (ctx, text) : -1;
}
