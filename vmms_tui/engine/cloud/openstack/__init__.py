"""The real cloud, through openstacksdk."""
