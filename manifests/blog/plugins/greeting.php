<?php
/** A plugin to work on: it greets whoever reads a post. */

add_filter('the_content', function (string $content): string {
    return is_singular('post') ? '<p class="greeting">Good to see you.</p>' . $content : $content;
});
